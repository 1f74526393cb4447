import CXexec

@testable import XexecCore

/// Dovecot's part when settings are read: knows milliseconds, seconds and minutes, and keeps what
/// is reported.
final class SettingsHost {
  struct Report: Equatable {
    let key: String
    let reason: String
  }
  private(set) var reports: [Report] = []

  static let timeError = "not a time"

  private let imapCapability: OwnedCString?

  init(imapCapability: Octets? = nil) {
    self.imapCapability = imapCapability?.cString
  }

  var host: xexec_settings_host {
    xexec_settings_host(
      context: Unmanaged.passUnretained(self).toOpaque(),
      parse_time: { _, value, milliseconds, error in
        guard let time = SettingsHost.parse(String(cString: value!)) else {
          error!.pointee = ("not a time" as StaticString).cString
          return false
        }
        milliseconds!.pointee = time
        return true
      },
      parse_size: { _, value, size, error in
        guard let octets = UInt64(String(cString: value!)) else {
          error!.pointee = ("not a size" as StaticString).cString
          return false
        }
        size!.pointee = octets
        return true
      },
      bad_setting: { context, key, reason in
        Unmanaged<SettingsHost>.fromOpaque(context!).takeUnretainedValue().reports.append(
          Report(key: String(cString: key!), reason: String(cString: reason!)))
      },
      warn: { context, message in
        Unmanaged<SettingsHost>.fromOpaque(context!).takeUnretainedValue().reports.append(
          Report(key: "", reason: String(cString: message!)))
      },
      imap_capability: imapCapability?.start)
  }

  private static func parse(_ text: String) -> UInt32? {
    let digits = text.prefix { $0.isNumber }
    guard let number = UInt32(digits) else { return nil }
    switch text.dropFirst(digits.count) {
    case "ms": return number
    case "s": return number * 1000
    case "m": return number * 60_000
    case "": return number == 0 ? 0 : nil
    default: return nil
    }
  }
}

typealias Setting = (key: String, value: Octets)

/// Settings as C has them; they go when this goes.
final class CSettings {
  private let strings: [(key: OwnedCString, value: OwnedCString)]
  let array: [xexec_setting]

  init(_ settings: [Setting]) {
    strings = settings.map { (Octets($0.key).cString, $0.value.cString) }
    array = strings.map { xexec_setting(key: $0.key.start, value: $0.value.start) }
  }
}

/// Reads settings. They are gone when the table is looked at.
func table(
  _ settings: [Setting], imapCapability: Octets? = nil
) -> (table: ModuleTable, reports: [SettingsHost.Report]) {
  let host = SettingsHost(imapCapability: imapCapability)
  let strings = CSettings(settings)
  let table = strings.array.withUnsafeBufferPointer {
    NumberedSettings.table($0, host: host.host)
  }
  withExtendedLifetime(strings) {}
  return (table, host.reports)
}

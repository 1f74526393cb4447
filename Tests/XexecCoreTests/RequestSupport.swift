import CXexec
import Synchronization
import Testing

@testable import XexecCore

extension RunEvents {
  static let all = RunEvents(rawValue: 0x3F)
}

/// Dovecot's part of a run: `%u` stands for the user, `%{none}` cannot be expanded. Keeps what is
/// logged.
final class RunHost: @unchecked Sendable {
  struct Line: Equatable {
    let level: LogLevel
    let text: String
  }

  var username: Octets = "some one"
  private(set) var log: [Line] = []
  /// What was sent to the client.
  private(set) var sent = Octets()
  /// Is told of each seat, which are numbers from 1; nil if there are none.
  var takesSeats: ((Int) -> Void)?
  private var seats = 0
  private var expanded: [OwnedCString] = []

  var errors: [String] { log.filter { $0.level == .error }.map(\.text) }

  init() {
    // a run may outlive the test's own reference
    RunHost.all.withLock { $0.append(self) }
  }

  private static let all = Mutex<[RunHost]>([])

  var host: xexec_run_host {
    xexec_run_host(
      context: Unmanaged.passUnretained(self).toOpaque(),
      send: { context, data, size in
        #expect(size > 0, "nothing is not sent")
        Unmanaged<RunHost>.fromOpaque(context!).takeUnretainedValue().sent += Octets(
          UnsafeRawBufferPointer(start: data, count: size))
      },
      expand: { context, word, error in
        let host = Unmanaged<RunHost>.fromOpaque(context!).takeUnretainedValue()
        guard let result = host.expand(Octets(octets(of: word!))) else {
          error!.pointee = ("unknown variable" as StaticString).cString
          return nil
        }
        return result.start
      },
      log: { context, level, message in
        Unmanaged<RunHost>.fromOpaque(context!).takeUnretainedValue().log.append(
          Line(level: LogLevel(rawValue: UInt8(level.rawValue))!, text: String(cString: message!)))
      },
      take_seat: { context in
        let host = Unmanaged<RunHost>.fromOpaque(context!).takeUnretainedValue()
        guard let takesSeats = host.takesSeats else { return nil }
        host.seats += 1
        takesSeats(host.seats)
        return UnsafeMutableRawPointer(bitPattern: host.seats)
      })
  }

  private func expand(_ word: Octets) -> OwnedCString? {
    if word.contains("%{none}") { return nil }
    var result: [UInt8] = []
    var rest = word.array[...]
    while let octet = rest.popFirst() {
      if octet == UInt8(ascii: "%") && rest.first == UInt8(ascii: "u") {
        rest.removeFirst()
        result += username.array
      } else {
        result.append(octet)
      }
    }
    expanded.append(Octets(result).cString)
    return expanded.last
  }
}

/// A request as C has it; its strings go when this goes.
final class CRequest {
  private var strings: [OwnedCString] = []
  private let list: UnsafeMutablePointer<xexec_arg>
  private(set) var request = xexec_request()

  init(
    _ module: Octets?, _ arguments: [Octets] = [], username: Octets? = nil, home: Octets? = nil,
    localIP: Octets? = nil, remoteIP: Octets? = nil, literalSize: UInt64? = nil,
    isSynchronizing: Bool = false, tag: Octets? = "a1", baseDirectory: Octets? = nil,
    clientSocket: Int32 = -1
  ) {
    list = .allocate(capacity: arguments.count + 2)
    var count = 0
    func add(_ type: xexec_arg_type, _ octets: Octets?, size: UInt64) {
      (list + count).initialize(to: xexec_arg(type: type, octets: keep(octets), size: size))
      count += 1
    }
    if let module { add(XEXEC_ARG_ATOM, module, size: UInt64(module.count)) }
    for argument in arguments { add(XEXEC_ARG_STRING, argument, size: UInt64(argument.count)) }
    if let literalSize {
      add(isSynchronizing ? XEXEC_ARG_LITERAL : XEXEC_ARG_LITERAL_NONSYNC, nil, size: literalSize)
    }
    request = xexec_request(
      tag: keep(tag), args: list, args_count: count,
      client_in: clientSocket, client_out: clientSocket, username: keep(username),
      home: keep(home), local_ip: keep(localIP), remote_ip: keep(remoteIP),
      base_directory: keep(baseDirectory))
  }

  deinit { list.deallocate() }

  private func keep(_ string: Octets?) -> UnsafePointer<CChar>? {
    guard let string else { return nil }
    strings.append(string.cString)
    return strings.last?.start
  }
}

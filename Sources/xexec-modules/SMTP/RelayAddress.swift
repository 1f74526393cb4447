import ArgumentParser

/// The administrator's relay: `smtp://host:port`, or `smtps://host:port` for TLS from the start.
struct RelayAddress: ExpressibleByArgument {
  /// Whether TLS comes first.
  let isImplicitTLS: Bool
  /// The address as libcurl takes it, without a path.
  let url: String

  init?(argument: String) {
    isImplicitTLS = argument.hasPrefix("smtps://")
    guard isImplicitTLS || argument.hasPrefix("smtp://") else { return nil }
    var host = argument.dropFirst(isImplicitTLS ? 8 : 7)
    if host.last == "/" { host.removeLast() }
    if let colon = host.lastIndex(of: ":"), host[colon...].last != "]" {
      guard let port = UInt16(host[host.index(after: colon)...]), port > 0 else { return nil }
      host = host[..<colon]
    }
    guard Self.isHost(String(host)) else { return nil }
    url = argument.last == "/" ? String(argument.dropLast()) : argument
  }

  private static func isHost(_ host: String) -> Bool {
    if host.hasPrefix("[") { return Mailbox.isDomain("[IPv6:" + host.dropFirst()) }
    return host.utf8.allSatisfy { $0 < 0x80 } && Mailbox.isDomain(host)
  }
}

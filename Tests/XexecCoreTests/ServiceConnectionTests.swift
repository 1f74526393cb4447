import CXexec
import Testing

@testable import XexecCore

@Suite("The way to a service")
struct ServiceConnectionTests {
  private func connection(to address: Octets, in folder: Octets = "/") -> ServiceConnection {
    let folder = folder.cString
    return withExtendedLifetime(folder) {
      ServiceConnection(to: address.cString, baseDirectory: folder.start, now: 0)
    }
  }

  /// What comes of it in the end, nobody looking up names.
  private func end(_ connection: ServiceConnection, from start: Int = 0) throws -> String {
    var now = start
    while true {
      switch connection.step(isReady: true, now: now) {
      case .connected: return "connected"
      case .failed(let reason): return String(cString: reason)
      case .underWay: break
      }
      if connection.hostToLookUp != nil { return "lookup" }
      _ = wait(for: [(connection.descriptor, POLLOUT)], timeout: 20)
      // time flies
      now += 50
      try #require(now - start <= ServiceConnection.patience + 50)
    }
  }

  private func lookedUp(_ connection: ServiceConnection, _ addresses: [Octets], now: Int = 0) {
    let strings = addresses.map(\.cString)
    let list: [UnsafePointer<CChar>?] = strings.map(\.start)
    list.withUnsafeBufferPointer { connection.lookedUp($0, error: nil, now: now) }
    withExtendedLifetime(strings) {}
  }

  @Test("A socket is connected to at the first step, by its path or below the base directory")
  func unix() throws {
    let service = try RunServiceTests.Service()
    for (address, folder) in [
      ("unix:" + service.socket, "/"), ("unix:socket", service.folder),
    ] {
      let connection = connection(to: Octets(address), in: Octets(folder))
      #expect(connection.timeout(now: 0) == 0)
      guard case .connected(let socket) = connection.step(isReady: false, now: 0) else {
        Issue.record("not connected")
        return
      }
      #expect(socket.isOpen)
      #expect(connection.timeout(now: 0) == nil && connection.descriptor == -1)
      guard case .underWay = connection.step(isReady: true, now: 9999) else {
        Issue.record("it is connected once")
        return
      }
    }
  }

  @Test("What cannot be reached fails at once, with the reason")
  func fails() throws {
    let service = try RunServiceTests.Service(listening: false)
    let long = Octets("x", times: 200)
    for (address, reason) in [
      ("unix:socket", "No such file or directory"), ("unix:" + long, "File name too long"),
      ("tcp:127.0.0.1:1", "Connection refused"), ("tcp:[::1]:1", nil),
      ("tcp:host", "not HOST:PORT"),
      ("tcp::25", "not HOST:PORT"), ("tcp:host:", "not HOST:PORT"), ("tcp:host:x", "not HOST:PORT"),
      ("tcp:", "not HOST:PORT"), ("unix:", "Connection refused"),
    ] as [(Octets, String?)] {
      let end = try end(connection(to: address, in: Octets(service.folder)))
      if let reason { #expect(end == reason, "\(address)") }
      #expect(end != "lookup" && end != "connected")
    }
  }

  @Test("A full queue is tried again, for five seconds")
  func full() throws {
    let service = try RunServiceTests.Service(backlog: 0)
    let first = connection(to: "unix:socket", in: Octets(service.folder))
    #expect(try end(first) == "connected")
    let second = connection(to: "unix:socket", in: Octets(service.folder))
    let reason = "no connection in 5000 ms (Resource temporarily unavailable)"
    #expect(try end(second) == reason)
  }

  @Test("A name is looked up by somebody else, and its addresses are tried in turn")
  func lookup() throws {
    let connection = connection(to: "tcp:a.name:1")
    #expect(try end(connection) == "lookup")
    #expect(connection.hostToLookUp.map { String(cString: $0) } == "a.name")
    #expect(connection.timeout(now: 1000) == 4000)
    lookedUp(connection, ["127.0.0.2", "127.0.0.1"])
    #expect(connection.hostToLookUp == nil)
    #expect(try end(connection) == "Connection refused")

    let unknown = self.connection(to: "tcp:a.name:1")
    #expect(try end(unknown) == "lookup")
    unknown.lookedUp(
      UnsafeBufferPointer(start: nil, count: 0), error: ("No such host" as StaticString).cString,
      now: 0)
    #expect(try end(unknown) == "No such host")

    // what is no address is not looked up again
    let wrong = self.connection(to: "tcp:a.name:1")
    #expect(try end(wrong) == "lookup")
    lookedUp(wrong, ["another.name"])
    #expect(try end(wrong) != "lookup")
  }

  @Test("A lookup that takes too long is given up")
  func slowLookup() throws {
    let connection = connection(to: "tcp:a.name:1")
    #expect(try end(connection) == "lookup")
    guard case .failed(let reason) = connection.step(isReady: false, now: 5000) else {
      Issue.record("not given up")
      return
    }
    #expect(String(cString: reason) == "no connection in 5000 ms (still waiting)")
  }
}

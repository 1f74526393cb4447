import CXexec
import Testing

@testable import XexecCore

@Suite("OctetBuffer")
struct OctetBufferTests {
  @Test("A new buffer is empty")
  func new() {
    let buffer = OctetBuffer()
    let (count, isEmpty, first) = (buffer.count, buffer.isEmpty, buffer.first)
    #expect(count == 0)
    #expect(isEmpty)
    #expect(first == nil)
    #expect(Octets(buffer.octets) == "")
  }

  @Test("Everything appended is there, in order")
  func appending() {
    let octets = appended { buffer in
      buffer.append(0x00)
      buffer.append("text \u{E9}")
      buffer.append(cString: "C string")
      Octets.raw(0xFF, 0x00).withBuffer { buffer.append($0) }
    }
    #expect(octets == .raw(0x00) + "text \u{E9}C string" + .raw(0xFF, 0x00))
  }

  @Test("Appending nothing changes nothing")
  func appendingNothing() {
    let octets = appended { buffer in
      buffer.append("")
      buffer.append(cString: "")
      buffer.append(UnsafeBufferPointer(start: nil, count: 0))
      buffer.append("a")
      buffer.append(UnsafeBufferPointer(start: nil, count: 0))
    }
    #expect(octets == "a")
  }

  @Test("The buffer grows as far as it has to, octet by octet or at once")
  func growth() {
    let expected = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let singly = appended { buffer in
      for octet in expected { buffer.append(octet) }
    }
    #expect(singly.array == expected)
    let atOnce = appended { buffer in
      buffer.append("x")
      Octets(expected).withBuffer { buffer.append($0) }
    }
    #expect(atOnce.array == [UInt8(ascii: "x")] + expected)
  }

  @Test(
    "Numbers are appended in decimal",
    arguments: [0, 1, 9, 10, 11, 99, 100, 101, 1_000_000, -1, -10, -105, .max, .min])
  func decimal(number: Int) {
    #expect(appended { $0.append(decimal: number) } == Octets(String(number)))
  }

  @Test("removeFirst drops octets in front", arguments: 0...6)
  func removeFirst(count: Int) {
    let octets = appended { buffer in
      buffer.append("abcdef")
      buffer.removeFirst(count)
    }
    #expect(octets.array == Array("abcdef".utf8.dropFirst(count)))
  }

  @Test("removeFirst(0) of a new buffer is possible")
  func removeNothing() {
    #expect(appended { $0.removeFirst(0) } == "")
  }

  @Test("removeAll drops everything, and the buffer can be used again")
  func removeAll() {
    let octets = appended { buffer in
      buffer.append("abcdef")
      buffer.removeAll()
      #expect(Octets(buffer.octets) == "")
      buffer.append("g")
    }
    #expect(octets == "g")
  }

  @Test("first is the first octet")
  func first() {
    var buffer = OctetBuffer()
    buffer.append("ab")
    var first = buffer.first
    #expect(first == UInt8(ascii: "a"))
    buffer.removeFirst(1)
    first = buffer.first
    #expect(first == UInt8(ascii: "b"))
  }

  @Test("As a C string it ends with a NUL that does not count", arguments: [0, 1, 63, 64, 65, 128])
  func cString(count: Int) {
    var buffer = OctetBuffer()
    for _ in 0..<count { buffer.append(UInt8(ascii: "x")) }
    #expect(String(cString: buffer.cString()) == String(repeating: "x", count: count))
    let after = buffer.count
    #expect(after == count)
  }

  @Test("An owned C string is a copy")
  func ownedCString() {
    var buffer = OctetBuffer()
    buffer.append("first")
    let copy = OwnedCString(&buffer)
    let copyOfCopy = OwnedCString(copying: copy.start)
    buffer.removeAll()
    buffer.append("other")
    #expect(copy.octets == "first")
    #expect(copyOfCopy.octets == "first")
    #expect(copy.start != copyOfCopy.start)
  }

  @Test("What others have a say in stays in its line of the log")
  func forLog() {
    let text = Octets("unix:a\r\nimap(x): Info: b\t\u{1B}[1m\u{7F} \u{E9}").cString
    #expect(
      appended { $0.append(forLog: text.start) } == "unix:a??imap(x): Info: b??[1m? \u{E9}")
    withExtendedLifetime(text) {}
  }
}

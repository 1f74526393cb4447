import CXexec
import Testing

@testable import XexecCore

/// What the IMAP parser hands over, and what it means.
@Suite("A client's arguments")
struct ClientArgumentsTests {
  private enum Argument {
    case atom(Octets)
    case string(Octets)
    case literal(UInt64, isSynchronizing: Bool)
    case other
  }

  private struct Reading: Equatable {
    var module: Octets?
    var strings: [Octets]?
    var literal: UInt64?
    var isSynchronizing: Bool?
  }

  private func read(_ arguments: Argument...) -> Reading {
    var kept: [OwnedCString] = []
    let all = arguments.map { argument in
      func text(_ type: xexec_arg_type, _ octets: Octets) -> xexec_arg {
        kept.append(octets.cString)
        return xexec_arg(type: type, octets: kept.last!.start, size: UInt64(octets.count))
      }
      switch argument {
      case .atom(let octets): return text(XEXEC_ARG_ATOM, octets)
      case .string(let octets): return text(XEXEC_ARG_STRING, octets)
      case .literal(let size, true):
        return xexec_arg(type: XEXEC_ARG_LITERAL, octets: nil, size: size)
      case .literal(let size, false):
        return xexec_arg(type: XEXEC_ARG_LITERAL_NONSYNC, octets: nil, size: size)
      case .other: return xexec_arg(type: XEXEC_ARG_OTHER, octets: nil, size: 0)
      }
    }
    return all.withUnsafeBufferPointer { all in
      let read = ClientArguments(all)
      return Reading(
        module: read.module.map { Octets(octets(of: $0)) },
        strings: read.strings().map { $0.map(\.octets) }, literal: read.literal?.size,
        isSynchronizing: read.literal?.isSynchronizing)
    }
  }

  @Test("An atom is the module, and strings and atoms behind it are the program's")
  func strings() {
    #expect(read() == Reading(strings: []))
    #expect(read(.atom("m")) == Reading(module: "m", strings: []))
    #expect(
      read(.atom("m"), .string(""), .atom("a"), .string("b c"))
        == Reading(module: "m", strings: ["", "a", "b c"]))
  }

  @Test("A module that is a string, or more than an atom, is none")
  func module() {
    #expect(read(.string("m"), .atom("a")) == Reading(strings: ["m", "a"]))
    for name in ["m]", "\u{E9}", "a b", ""] as [Octets] {
      #expect(read(.atom(name)) == Reading(strings: [name]))
    }
  }

  @Test("Lists, NIL, and strings with a NUL are no arguments of a program")
  func noStrings() {
    #expect(read(.atom("m"), .other) == Reading(module: "m"))
    #expect(read(.other, .atom("m")) == Reading())
    #expect(read(.atom("m"), .string("a\0b"), .atom("c")) == Reading(module: "m"))
    #expect(read(.atom("m\0")) == Reading())
  }

  @Test("A literal is the last of all, whatever stands before it")
  func literal() {
    #expect(
      read(.atom("m"), .atom("a"), .literal(5, isSynchronizing: true))
        == Reading(module: "m", strings: ["a"], literal: 5, isSynchronizing: true))
    #expect(
      read(.atom("m"), .literal(.max, isSynchronizing: false))
        == Reading(module: "m", strings: [], literal: .max, isSynchronizing: false))
    // in a list that is not closed
    #expect(
      read(.atom("m"), .other, .atom("a"), .literal(0, isSynchronizing: false))
        == Reading(module: "m", literal: 0, isSynchronizing: false))
    #expect(read(.literal(1, isSynchronizing: true)).literal == 1)
    #expect(read(.atom("m"), .literal(1, isSynchronizing: true), .atom("a")).strings == nil)
  }
}

// The relay as a whole: a script that plays program and client, in any order of events.
//
//     octet 0   even: the Relay alone, without prompts if octet & 2; odd: the Run around it, with
//               pipes
//     then      steps:
//       o text NUL   the program writes to stdout (texts: see InputReader)
//       e text NUL   the program writes to stderr
//       p n          (n & 63) + 1 prompts
//       c text NUL   the client sends
//       l n          the client sends a line of n * 257 octets
//       r n          the program reads up to n * n octets of its answers
//       i            the program closes its stdin
//       O  E         the program closes its stdout, its stderr
//       x            the program exits
//       s n          the Run is stepped with the events n & 0x17, true or not
//       t            the client's line was too long for the server
//       a            the client is gone; ends the script
//
// What is checked stands with the Model, for the Relay alone and for the Run.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRelay(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  var input = InputReader(data, size)
  let kind = input.number()
  if kind & 1 == 0 {
    var play = RelayPlay(takesPrompts: kind & 2 == 0)
    play.perform(&input)
  } else {
    do {
      try RunPlay().perform(&input)
    } catch {
      require(false, "there are descriptors for the pipes", "\(error)")
    }
  }
  return 0
}

/// A step of a script.
enum Step {
  case programWrites([UInt8], ResponseWriter.Stream)
  case clientSends([UInt8])
  case programReads(Int)
  case programClosesStdin
  case programCloses(ResponseWriter.Stream)
  case programExits
  case events(RunEvents)
  case answerTooLong
  case clientLeaves
}

/// Reads the steps of a script, and sees to it that there are not too many octets in all.
struct Script {
  private var octetsLeft = 150_000

  /// A line of stdout that is a failure could not be told from one of stderr.
  private func withoutStatus(_ text: [UInt8], behind written: [UInt8]) -> [UInt8] {
    let word = Array("[STATU".utf8)
    var all = Array(written.suffix(word.count - 1)) + text
    for end in all.indices where all[...end].suffix(word.count) == word[...] {
      all[end] = UInt8(ascii: "V")
    }
    return Array(all.suffix(text.count))
  }

  /// The next step, or nil at the end.
  mutating func next(_ input: inout InputReader, _ model: borrowing Model) -> Step? {
    while let octet = input.next() {
      switch octet {
      case UInt8(ascii: "o"):
        let text = text(&input, lineLength: model.stdout.lineLength)
        return .programWrites(withoutStatus(text, behind: model.stdout.written), .stdout)
      case UInt8(ascii: "e"):
        return .programWrites(text(&input, lineLength: model.stderr.lineLength), .stderr)
      case UInt8(ascii: "p"):
        let count = input.number() & 63 + 1
        return .programWrites(Array(repeatElement([0x05, 0x0A], count: count).joined()), .stdout)
      case UInt8(ascii: "c"):
        return .clientSends(text(&input, lineLength: 0))
      case UInt8(ascii: "l"):
        let length = min(input.number() * 257, octetsLeft)
        octetsLeft -= length
        return .clientSends(Array(repeating: UInt8(ascii: "x"), count: length) + [0x0D, 0x0A])
      case UInt8(ascii: "r"):
        let root = input.number()
        return .programReads(root * root)
      case UInt8(ascii: "i"): return .programClosesStdin
      case UInt8(ascii: "O"): return .programCloses(.stdout)
      case UInt8(ascii: "E"): return .programCloses(.stderr)
      case UInt8(ascii: "x"): return .programExits
      case UInt8(ascii: "s"): return .events(RunEvents(rawValue: UInt8(input.number() & 31)))
      case UInt8(ascii: "t"): return .answerTooLong
      case UInt8(ascii: "a"): return .clientLeaves
      default: break
      }
    }
    return nil
  }

  private mutating func text(_ input: inout InputReader, lineLength: Int) -> [UInt8] {
    let text = input.text(upTo: 0, limit: min(octetsLeft, 20_000), lineLength: lineLength)
    octetsLeft -= text.count
    return text
  }
}

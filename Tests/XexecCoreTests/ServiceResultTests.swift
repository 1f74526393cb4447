import Testing

@testable import XexecCore

@Suite("ServiceResult")
struct ServiceResultTests {
  /// What the contract says of all that a service sent: the program's output, and how it ended.
  private struct Whole: Equatable {
    let output: Octets
    let status: TerminationStatus

    init(output: Octets, status: TerminationStatus) {
      self.output = output
      self.status = status
    }

    init(_ sent: Octets) {
      let results: [Octets: TerminationStatus] = ["+\n": .exited(0), "-\n": .failed]
      let status = results[Octets(sent.array.suffix(2))]
      output = status == nil ? sent : Octets(sent.array.dropLast(2))
      self.status = status ?? .lost
    }
  }

  /// What may be the result, or its beginning, at the end of what has come.
  private func candidate(_ came: [UInt8]) -> Int {
    for result in ["+\n", "-\n", "+", "-"]
    where came.reversed().starts(with: result.utf8.reversed()) { return result.utf8.count }
    return 0
  }

  /// A result that tells its output.
  private struct Service {
    private var result = ServiceResult()
    private(set) var output: [UInt8] = []
    var heldCount: Int { result.heldCount }

    mutating func take(_ piece: ArraySlice<UInt8>) {
      var passed: [UInt8] = []
      Octets(piece).withBuffer { result.take($0) { passed += $0 } }
      output += passed
    }

    mutating func release() {
      var passed: [UInt8] = []
      result.release { passed += $0 }
      output += passed
    }

    mutating func finish() -> Whole {
      var passed: [UInt8] = []
      let status = result.finish { passed += $0 }
      output += passed
      return Whole(output: Octets(output), status: status)
    }
  }

  /// Every text of so many octets, of those that mean something and one that does not.
  private func texts(_ length: Int) -> [[UInt8]] {
    (0..<length).reduce([[]]) { texts, _ in
      texts.flatMap { text in "+-\na".utf8.map { text + [$0] } }
    }
  }

  /// Every way to treat the gaps between so many octets.
  private func gaps<Gap>(_ count: Int, _ kinds: [Gap]) -> [[Gap]] {
    (0..<max(0, count - 1)).reduce([[]]) { lists, _ in
      lists.flatMap { list in kinds.map { list + [$0] } }
    }
  }

  @Test("Output and result of every text, in every cut", arguments: 0...6)
  func cuts(length: Int) {
    for text in texts(length) {
      let expected = Whole(Octets(text))
      for cuts in gaps(length, [false, true]) {
        var service = Service()
        var start = 0
        for end in 1..<(length + 1) where end == length || cuts[end - 1] {
          service.take(text[start..<end])
          start = end
          let held = candidate(Array(text[..<end]))
          if service.heldCount != held || service.output != Array(text[..<(end - held)]) {
            Issue.record("\(Octets(text)), cut \(cuts): \(Octets(service.output)) at \(end)")
          }
        }
        let whole = service.finish()
        if whole != expected { Issue.record("\(Octets(text)), cut \(cuts): \(whole)") }
      }
    }
  }

  private enum Gap { case none, cut, pause }

  @Test("What is released is output; the result is known all the same", arguments: 1...5)
  func releases(length: Int) {
    for text in texts(length) {
      for gaps in gaps(length, [Gap.none, .cut, .pause]) {
        var service = Service()
        var start = 0
        for end in 1..<(length + 1) where end == length || gaps[end - 1] != .none {
          service.take(text[start..<end])
          start = end
          if end < length && gaps[end - 1] == .pause {
            service.release()
            if service.output != Array(text[..<end]) || service.heldCount != 0 {
              Issue.record("\(Octets(text)), \(gaps): \(Octets(service.output)) at \(end)")
            }
          }
        }
        let whole = service.finish()
        // the first half of a result may have been released as output: then the other is too
        let isSplit = length > 1 && gaps[length - 2] == .pause
        let expected = Whole(Octets(text))
        if whole != (isSplit ? Whole(output: Octets(text), status: expected.status) : expected) {
          Issue.record("\(Octets(text)), \(gaps): \(whole)")
        }
      }
    }
  }

  @Test("A large text is passed on as it is")
  func large() {
    let text = Octets("+\n-\nsome text\n", times: 10_000) + "+\n"
    var chance = Chance(seed: 7)
    var service = Service()
    for piece in chance.cut(text, longest: 5000) { service.take(piece.array[...]) }
    #expect(service.finish() == Whole(text))
  }

  @Test("Without anything there is no result")
  func nothing() {
    var service = Service()
    #expect(service.heldCount == 0)
    #expect(service.finish() == Whole(output: "", status: .lost))
  }
}

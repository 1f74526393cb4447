import CXexec

// The response text: what one stream of a program becomes for the client.
//
//     octet 0   bit 0: stdout or stderr; bits 1 to 3: how long the writes are
//     octet 1   where exactly the writes are cut
//     then      what the program writes (see InputReader)
//
// Checked:
// - Cut in whatever way, the text becomes what the contract says (ReferenceResponses): the same
//   octets as from a single write, every one once and in order.
// - Every response is well formed (ResponseGrammar).
// - A response is sent as soon as its line is there, or what fills it and one character more: lines
//   are not held back, and memory does not grow with them.
// - Prompts are counted when their responses are sent, and one for each of these.

private let longestWrites = [1, 2, 5, 17, 100, 1000, 8001, 20_000]

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzResponses(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  var input = InputReader(data, size)
  let kind = input.number()
  let stream: ResponseWriter.Stream = kind & 1 == 0 ? .stdout : .stderr
  var chance = Chance(seed: input.number())
  let text = input.text(upTo: nil, limit: 20_000)

  let reference = ReferenceResponses(text, stream: stream)
  checkReference(text)
  check(text, stream, reference) { $0 }
  check(text, stream, reference) { min($0, chance.number(upTo: longestWrites[kind >> 1 & 7])) }
  return 0
}

/// Swift's own decoder on the table of the reference.
private func checkReference(_ text: [UInt8]) {
  text.withUnsafeBufferPointer { text in
    var repaired: [UInt8] = []
    repaired.reserveCapacity(text.count)
    var position = 0
    while position < text.count {
      let (length, isValid) = UTF8Table.character(text, position, text.count)
      if isValid {
        for octet in text[position..<(position + length)] { repaired.append(octet) }
      } else {
        repaired += [0xEF, 0xBF, 0xBD]
      }
      position += length
    }
    var decoded = String(decoding: text, as: UTF8.self)
    decoded.withUTF8 { decoded in
      repaired.withUnsafeBufferPointer {
        requireEqual($0, decoded, "the reference itself decodes UTF-8 as Swift does")
      }
    }
  }
}

/// - Parameter next: how long the next write is, of so many octets left.
private func check(
  _ text: [UInt8], _ stream: ResponseWriter.Stream, _ reference: ReferenceResponses,
  _ next: (Int) -> Int
) {
  var writer = ResponseWriter(stream: stream)
  var wire = OctetBuffer()
  var written = 0
  var prompts = 0
  var responses = 0

  /// After so many octets of the text, all that is due is out.
  func checkProgress(_ wire: borrowing OctetBuffer, _ counted: Int, from start: Int) {
    while responses < reference.responses.count && reference.responses[responses].due <= written {
      responses += 1
    }
    let due = responses == 0 ? 0 : reference.responses[responses - 1].end
    let sentNow = UnsafeBufferPointer(rebasing: wire.octets[start...])
    reference.wire.withUnsafeBufferPointer {
      requireEqual(
        sentNow,
        UnsafeBufferPointer(rebasing: $0.dropFirst(start).prefix(sentNow.count)),
        "every octet of the text is sent once, in order, and as the contract says")
    }
    require(
      wire.count >= due, "a response is not held back",
      "\(wire.count) octets are sent when \(due) are due, at octet \(written) of the text")
    var sent = 0
    ResponseGrammar.read(sentNow) { kind, line in
      // on stdout a failure behind 0x05 may be said as well
      require(kind == .no || stream == .stdout, "a stream has its own kind")
      if kind == .prompt { sent += 1 }
    }
    require(
      counted == sent, "each prompt is one continuation request",
      "\(counted) prompts counted, \(sent) requests sent")
  }

  text.withUnsafeBufferPointer { text in
    while written < text.count {
      let length = next(text.count - written)
      let start = wire.count
      let counted = writer.write(
        UnsafeBufferPointer(rebasing: text[written..<(written + length)]), to: &wire)
      written += length
      prompts += counted
      if wire.count > start || length > 1 || text[written - 1] == 0x0A || length == text.count {
        checkProgress(wire, counted, from: start)
      } else {
        require(counted == 0, "each prompt is one continuation request")
      }
    }
  }
  let start = wire.count
  let counted = writer.finish(to: &wire)
  written += 1
  checkProgress(wire, counted, from: start)
  require(
    wire.count == reference.wire.count, "nothing of the text is missing at the end",
    "\(wire.count) octets of \(reference.wire.count)")
  require(prompts + counted == reference.prompts, "each line of 0x05 is a prompt, and no other")
}

import Testing

@testable import xexec_modules

@Suite("Control characters")
struct ControlCharacterTests {
  @Test("are those that Unicode says", arguments: [0..<0x3000, 0xFF00..<0x1_0100])
  func category(range: Range<UInt32>) {
    for scalar in range.compactMap(Unicode.Scalar.init) {
      let isControl = scalar.properties.generalCategory == .control
      #expect(String(scalar).hasControlCharacter == isControl, "\(scalar.value)")
      #expect("a\(scalar)ä".hasControlCharacter == isControl, "\(scalar.value)")
    }
  }
}

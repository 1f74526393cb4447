extension StringProtocol {
  /// Whether there is a control character (category Cc of Unicode) in it: a line end, NUL, an escape.
  var hasControlCharacter: Bool {
    // by octets, for which no table of Unicode has to be looked at
    var last: UInt8 = 0
    for octet in utf8 {
      if octet < 0x20 || octet == 0x7F || (last == 0xC2 && (0x80...0x9F).contains(octet)) {
        return true
      }
      last = octet
    }
    return false
  }
}

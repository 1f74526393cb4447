import Glibc

/// Domains with letters beyond ASCII (IDN), in the two forms that mail has them in: `bücher.example`
/// and `xn--bcher-kva.example`.
///
/// The forms are converted by libidn2, which comes with libcurl. It is loaded when a domain calls for
/// it, so that plain ones cost nothing. Where it is missing such a domain has the form it is in.
enum DomainName {
  /// Whether a domain has another form, or may have one.
  static func isInternational(_ domain: some Collection<UInt8>) -> Bool {
    func scan(_ octets: some Sequence<UInt8>) -> Bool {
      var hyphens = 0
      for octet in octets {
        if octet >= 0x80 { return true }
        hyphens = octet == UInt8(ascii: "-") ? hyphens + 1 : 0
        if hyphens == 2 { return true }  // as in xn--
      }
      return false
    }
    return domain.withContiguousStorageIfAvailable { scan($0) } ?? scan(domain)
  }

  /// The form in ASCII, in lower case.
  ///
  /// - Returns: Nil if there is none: no domain may be called so, or there is no libidn2.
  static func ascii(_ domain: String) -> String? {
    if domain.utf8.allSatisfy({ $0 < 0x80 }) { return domain.lowercased() }
    // letters are mapped to others, and what comes of that need not be a domain
    return convert(domain, Library.shared?.toASCII).flatMap {
      MailAddress.isDomain(Array($0.utf8)[...]) ? $0.lowercased() : nil
    }
  }

  /// The form with all letters.
  ///
  /// - Returns: Nil if it has none beyond ASCII, or is not what it looks like.
  static func unicode(_ ascii: String) -> String? {
    guard let text = convert(ascii, Library.shared?.toUnicode), text != ascii,
      Self.ascii(text) == ascii
    else { return nil }
    return text
  }

  /// All forms of a domain that mail can have it in.
  static func forms(_ domain: String) -> [String] {
    guard isInternational(domain.utf8), let ascii = ascii(domain) else { return [domain] }
    return [ascii] + (unicode(ascii).map { [$0] } ?? [])
  }

  private static func convert(_ domain: String, _ conversion: Library.Conversion?) -> String? {
    var result: UnsafeMutablePointer<CChar>?
    guard let conversion, conversion(domain, &result, Library.nonTransitional) == 0, let result
    else { return nil }
    defer { free(result) }
    return String(validatingCString: result)
  }
}

extension DomainName {
  /// What is needed of libidn2.
  private struct Library {
    typealias Conversion =
      @convention(c) (
        UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, CInt
      ) -> CInt

    /// `IDN2_NONTRANSITIONAL`: upper case and the like are mapped (UTS 46).
    static let nonTransitional: CInt = 8

    static let shared = Library()

    let toASCII: Conversion
    let toUnicode: Conversion

    private init?() {
      guard let library = dlopen("libidn2.so.0", RTLD_NOW | RTLD_LOCAL),
        let toASCII = dlsym(library, "idn2_to_ascii_8z"),
        let toUnicode = dlsym(library, "idn2_to_unicode_8z8z")
      else { return nil }
      self.toASCII = unsafeBitCast(toASCII, to: Conversion.self)
      self.toUnicode = unsafeBitCast(toUnicode, to: Conversion.self)
    }
  }
}

import CCurl

/// Domains with other letters than ASCII, in the form that every mail server knows (RFC 5890).
enum DomainLabels {
  /// The A-labels of a domain: `xn--exmple-cua.com` for `exämple.com`.
  ///
  /// - Returns: A domain in ASCII, nil if there is none: letters that no domain may have, or a
  ///   libcurl without IDN, or none.
  static func ascii(_ domain: String) -> String? {
    if domain.utf8.allSatisfy({ $0 < 0x80 }) { return domain }
    guard Curl.fault == nil, let labels = xexec_curl_to_a_labels(domain) else { return nil }
    defer { xexec_curl_free(labels) }
    let text = String(cString: labels)
    // letters are mapped to others, and no other may come of that than a domain has
    return Mailbox.isDomain(text) && text.utf8.allSatisfy { $0 < 0x80 } ? text : nil
  }
}

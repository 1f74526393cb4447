import CCurl

/// libcurl, which is loaded where it is first needed.
enum Curl {
  /// Why there is none that can be used, for the administrator; nil if there is.
  static let fault: String? = xexec_curl_load().map { String(cString: $0) }

  /// Makes it ready to be used.
  ///
  /// - Throws: ``Refusal`` (misconfigured) if there is none. The mail log has the reason.
  static func load() throws(Refusal) {
    guard let fault else { return }
    MailLog.write("libcurl cannot be used: \(fault)", level: .error)
    throw Refusal(
      .misconfigured,
      "[CONTACTADMIN] The server has no libcurl that can be used; its mail log says why. "
        + "Nothing was sent.")
  }
}

import CCurl

/// libcurl, which is loaded where it is first needed.
enum Curl {
  /// Why there is none that can be used, for the administrator; nil if there is.
  static let fault: String? = xexec_curl_load().map { String(cString: $0) }

  /// Makes it ready to be used.
  ///
  /// - Throws: ``Refusal`` (misconfigured) if there is none, with the reason for the log.
  static func load() throws(Refusal) {
    guard let fault else { return }
    throw Refusal(
      .misconfigured, "The server cannot send mail in this way. Nothing was sent.",
      log: .error("libcurl cannot be used: \(fault)"))
  }
}

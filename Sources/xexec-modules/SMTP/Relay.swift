import CCurl

/// The relay that messages are handed to, and how it is spoken to.
struct Relay {
  /// How STARTTLS (RFC 3207) is used.
  enum StartTLS: String, CaseIterable {
    case required
    case `try`
    case never
  }

  let address: RelayAddress
  let startTLS: StartTLS
  /// A file with the certificates that are trusted; nil for the system's.
  let authorityFile: String?
  let credentials: Credentials?
  /// What EHLO says; nil for the name of the machine.
  let hostname: String?
  /// How long the relay may take for each step, in seconds.
  let timeout: Int
  /// How long it may take to answer when it has the whole message, in seconds.
  let finalTimeout: Int

  /// Whether the relay has to prove who it is.
  var isVerified: Bool { address.isImplicitTLS || startTLS == .required }

  /// Sets all of it on a handle of libcurl's.
  func configure(_ handle: UnsafeMutableRawPointer) {
    xexec_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    xexec_curl_set_text(handle, CURLOPT_PROXY, "")
    xexec_curl_set_text(handle, CURLOPT_URL, url)
    xexec_curl_set_number(handle, CURLOPT_NOSIGNAL, 1)
    // QUIT is part of the transfer then, and waits no longer than that may.
    xexec_curl_set_number(handle, CURLOPT_FORBID_REUSE, 1)
    xexec_curl_set_number(handle, CURLOPT_CONNECTTIMEOUT, timeout)
    xexec_curl_set_number(
      handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, max(timeout, finalTimeout) + 1)
    setTLS(handle)
    if let credentials {
      xexec_curl_set_text(handle, CURLOPT_USERNAME, credentials.user)
      xexec_curl_set_text(handle, CURLOPT_PASSWORD, credentials.password)
    }
  }

  private func setTLS(_ handle: UnsafeMutableRawPointer) {
    let level =
      switch startTLS {
      case _ where address.isImplicitTLS: XEXEC_CURL_TLS_ALL
      case .required: XEXEC_CURL_TLS_ALL
      case .try: XEXEC_CURL_TLS_TRY
      case .never: XEXEC_CURL_TLS_NONE
      }
    xexec_curl_set_tls(handle, level)
    // Whoever would do without TLS gains nothing from looking at certificates.
    xexec_curl_set_number(handle, CURLOPT_SSL_VERIFYPEER, isVerified ? 1 : 0)
    xexec_curl_set_number(handle, CURLOPT_SSL_VERIFYHOST, isVerified ? 2 : 0)
    if let authorityFile { xexec_curl_set_text(handle, CURLOPT_CAINFO, authorityFile) }
  }

  /// libcurl takes the name for EHLO from the path.
  private var url: String {
    guard let hostname else { return address.url }
    let path = hostname.map {
      "[]:".contains($0) ? "%" + String($0.asciiValue!, radix: 16) : "\($0)"
    }
    return "\(address.url)/\(path.joined())"
  }
}

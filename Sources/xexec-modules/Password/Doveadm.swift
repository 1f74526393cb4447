import Glibc

/// Dovecot's own tools for passwords. They read them from stdin: none is ever in a command line.
///
/// `-O` keeps them from reading Dovecot's configuration, which the account of a service may not be
/// allowed to, and which says nothing that is of use here.
struct Doveadm {
  /// The absolute path of `doveadm`.
  let program: String

  /// Longer passwords than this do not reach auth (its lines are limited, lib-auth), or nobody has.
  static let longestPassword = 4096

  /// With all the delays that auth has for those who guess.
  private static let patience = 60  // seconds

  private static let failure = "The password cannot be changed now"

  /// Hashes a password with `doveadm pw`.
  ///
  /// - Parameters:
  ///   - password: Without NUL, CR and LF.
  ///   - plan: The scheme and its cost.
  ///   - user: Some schemes have the name in the hash (DIGEST-MD5).
  /// - Returns: The hash with its `{SCHEME}`.
  /// - Throws: ``Refusal``.
  func hash(
    _ password: [UInt8], _ plan: HashPlan, user: MailUser
  ) throws(Refusal) -> [UInt8] {
    let scheme = plan.scheme
    let cost = plan.rounds.map { ["-r", String($0)] } ?? []
    let result = try run(
      ["pw", "-s", scheme.name, "-u", user.name] + cost,
      // it asks twice, and takes the end of its input for an empty password
      input: password + lineEnd + password + lineEnd)
    guard result.status == 0, result.output.last == lineEnd[0],
      scheme.isHash(result.output.dropLast())
    else {
      throw .passwordIsStuck(
        "\(program) pw -s \(scheme.name) made no hash, \(result): see \"doveadm pw -l\", and vsz_limit"
      )
    }
    return result.output.dropLast()
  }

  /// Asks auth, by `doveadm auth test`, whether a password is a user's.
  ///
  /// - Parameters:
  ///   - socket: The path of auth's socket for clients.
  ///   - password: Octets as a client sent them.
  /// - Throws: ``Refusal`` if auth does not say.
  func auth(
    _ socket: String, accepts password: [UInt8], of user: MailUser
  ) throws(Refusal) -> Bool {
    // auth would see something shorter than that
    let ends: [UInt8] = [0, UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    if password.count > Doveadm.longestPassword || password.contains(where: ends.contains) {
      return false
    }
    let result = try run(
      ["auth", "test", "-a", socket, "-x", "service=imap"] + clientAddress + ["--", user.name],
      input: password + lineEnd)
    if let isRight = Doveadm.verdict(of: result, on: user) { return isRight }
    if access(socket, R_OK | W_OK) != 0 {
      throw Refusal(Doveadm.failure, because: SystemError("open", socket))
    }
    throw Refusal(
      .temporary, "\(Doveadm.failure), try again later",
      log: .error("auth at \(socket) did not check a password, \(result): see auth's own log"))
  }

  /// What `doveadm auth test` found out.
  ///
  /// - Returns: nil if auth did not say, or there is none. Dovecot 2.4 then has a status of its own; that
  ///   of 2.3 is the same as for a refused password, but its words differ.
  static func verdict(of result: ChildResult, on user: MailUser) -> Bool? {
    if result.status == EX_OK { return true }
    guard result.status == EX_NOPERM else { return nil }
    let refused = "passdb: \(user.name) auth failed"
    let lines = String(decoding: result.output, as: UTF8.self).split(separator: "\n")
    // from 2.4.3 on the reason follows
    let isRefused = lines.contains { $0 == refused || $0.hasPrefix(refused + ": ") }
    let isTemporary = lines.contains { ["  temp", "  code=temp_fail"].contains($0) }
    return isRefused && !isTemporary ? false : nil
  }

  /// The client's address, so that auth counts and delays for it as for its logins.
  private var clientAddress: [String] {
    Doveadm.clientAddress.map { ["-x", "rip=\($0)"] } ?? []
  }

  /// The address that the plugin names; nil for none, or for what is no address.
  static var clientAddress: String? {
    guard let address = getenv("IP").flatMap({ String(validatingCString: $0) }),
      address.utf8.allSatisfy({ isxdigit(Int32($0)) != 0 || ".:%".utf8.contains($0) })
    else { return nil }
    return address
  }

  private let lineEnd: [UInt8] = [UInt8(ascii: "\n")]

  private func run(_ words: [String], input: [UInt8]) throws(Refusal) -> ChildResult {
    do {
      return try runChild([program, "-O"] + words, input: input, seconds: Doveadm.patience)
    } catch {
      throw Refusal(Doveadm.failure, because: error)
    }
  }
}

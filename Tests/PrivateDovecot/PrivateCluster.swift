/// Several Dovecots with the plugin behind one that knows no mail and no plugin: a login proxy, which
/// sends each user to one of them. Between them is TLS, and the proxy checks the certificates.
///
///     let cluster = try PrivateCluster(
///       backends: ["one.example", "two.example"],
///       users: [("ann", "secret", "one.example"), ("bob", "secret", "two.example")]
///     ) { name, folder, options in options.modules = ["echo": "/bin/echo \(name)"] }
///     let client = try IMAPConnection(port: cluster.proxy.port)
public final class PrivateCluster: Sendable {
  /// Where clients connect.
  public let proxy: PrivateDovecot
  /// The servers with the mail, by their names.
  public let backends: [String: PrivateDovecot]

  /// Starts all of them.
  ///
  /// - Parameters:
  ///   - names: The names of the backends, as in their certificates.
  ///   - users: Names, passwords, and the name of the backend that has the mail.
  ///   - configure: Sets the options of a backend, as for a ``PrivateDovecot`` alone.
  /// - Throws: ``KitError`` if one of them does not come up.
  public init(
    backends names: [String], users: [(name: String, password: String, backend: String)],
    _ configure: (String, PrivateFolder, inout PrivateDovecot.Options) throws -> Void
  ) throws {
    let authority = try CertificateAuthority()
    var backends: [String: PrivateDovecot] = [:]
    for name in names {
      backends[name] = try PrivateDovecot { folder, options in
        options.users = users.filter { $0.backend == name }
          .map { .init(name: $0.name, password: $0.password) }
        options.tls = try authority.tls(for: name, in: folder)
        // the proxy says whose connection it is
        options.trustedNetworks = "127.0.0.0/8"
        try configure(name, folder, &options)
      }
    }
    proxy = try Self.loginProxy(
      users: users.map { user in
        .init(
          name: user.name, password: user.password,
          backend: .init(name: user.backend, port: backends[user.backend]?.port ?? 0))
      }, trusting: authority)
    self.backends = backends
  }

  /// Starts a login proxy alone.
  ///
  /// - Parameters:
  ///   - users: The accounts, each with its backend.
  ///   - authority: Who has to have signed the certificates of the backends.
  public static func loginProxy(
    users: [PrivateDovecot.User], trusting authority: CertificateAuthority
  ) throws -> PrivateDovecot {
    try PrivateDovecot { folder, options in
      options.plugin = .none
      options.users = users
      // without TLS of its own a proxy begins none either
      options.tls = try authority.tls(for: "proxy.example", in: folder)
      options.trustedCertificates = try folder.addFile(
        named: "tls/authority.pem", octets: authority.certificate)
    }
  }
}

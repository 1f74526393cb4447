import Foundation

extension PrivateDovecot {
  /// What a server shows to those who begin TLS, as files in PEM.
  public struct TLS: Sendable {
    /// The certificate.
    public var certificate: String
    /// Its key.
    public var key: String

    /// Names the two files.
    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// The server that has a user's mail, for a login proxy. The proxy begins TLS before it logs in,
  /// and goes on only if the certificate is for that name.
  public struct Backend: Sendable {
    /// The name in its certificate.
    public var name: String
    /// Its port on 127.0.0.1.
    public var port: UInt16

    /// Names a backend.
    public init(name: String, port: UInt16) {
      self.name = name
      self.port = port
    }

    /// The fields of a passwd-file that make Dovecot a proxy for a user.
    var passwdFields: String {
      "proxy=y host=\(name) hostip=127.0.0.1 port=\(port) starttls=yes"
    }
  }
}

/// An authority that signs certificates for a test's own servers.
public struct CertificateAuthority: Sendable {
  /// Its own certificate, in PEM.
  let certificate: [UInt8]
  private let key: [UInt8]

  /// Makes one.
  ///
  /// - Throws: ``KitError`` if the program `openssl` is missing or fails.
  public init() throws {
    (certificate, key) = try Self.inScratchFolder { _ in
      [
        "-days", "2", "-subj", "/CN=Authority of a test",
        "-addext", "keyUsage=critical,keyCertSign",
      ]
    }
  }

  /// Makes a certificate for a server of that name, and puts it and its key into the server's folder.
  func tls(for name: String, in folder: PrivateFolder) throws -> PrivateDovecot.TLS {
    let made = try certificate(for: name)
    return .init(
      certificate: try folder.addFile(named: "tls/certificate.pem", octets: made.certificate),
      key: try folder.addFile(named: "tls/key.pem", octets: made.key, mode: 0o600))
  }

  private func certificate(for name: String) throws -> (certificate: [UInt8], key: [UInt8]) {
    try Self.inScratchFolder { folder in
      try Data(certificate).write(to: folder.appendingPathComponent("ca.pem"))
      try Data(key).write(to: folder.appendingPathComponent("ca.key"))
      return [
        "-days", "2", "-subj", "/CN=\(name)", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-addext", "subjectAltName=DNS:\(name)", "-addext", "basicConstraints=CA:FALSE",
      ]
    }
  }

  /// Runs `openssl req -x509` with the further words that `words` tells, which may put files into the
  /// folder first.
  private static func inScratchFolder(
    _ words: (URL) throws -> [String]
  ) throws -> (certificate: [UInt8], key: [UInt8]) {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("xd-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let command = [
      "/bin/sh", "-c", "cd \"$0\" && exec openssl req -x509 \"$@\"", folder.path,
      "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-keyout", "key.pem", "-out", "certificate.pem",
    ]
    let result = try run(
      command + words(folder), environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
    guard result.status == 0 else { throw KitError(.system, "openssl: \(result)") }
    return (
      [UInt8](try Data(contentsOf: folder.appendingPathComponent("certificate.pem"))),
      [UInt8](try Data(contentsOf: folder.appendingPathComponent("key.pem")))
    )
  }
}

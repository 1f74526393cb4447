import Foundation
import Testing

@testable import xexec_check

/// Whether imap loads the plugin, and clients see it.
@Suite struct PluginTests {
  let folder: CheckedFolder
  let program: String

  init() throws {
    folder = try CheckedFolder()
    program = try folder.addProgram()
  }

  private func lines() -> [String] { folder.lines(["xexec": "a:\(program)"]) }

  @Test("Not loaded, or loaded without a module; and neither, which is nothing to complain about")
  func notLoaded() throws {
    #expect(
      folder.lines([:]) == [
        "warning: mail_plugins: the plugin is loaded, but there is no module: "
          + "add an entry \"xexec = module:program\""
      ])
    folder.configuration.imapPlugins = ["zlib"]
    #expect(folder.lines([:]) == [])
    try folder.add("dovecot.conf", "mail_plugins = zlib\n")
    #expect(
      folder.lines(["xexec": "a:\(program)"], main: "dovecot.conf") == [
        "error: mail_plugins (@/dovecot.conf:1): the plugin is not loaded, and no user has XEXEC: "
          + "add \"mail_plugins = $mail_plugins xexec\" to protocol imap"
      ])
  }

  @Test("The file is missing, twice there, or no plugin")
  func file() throws {
    try folder.add("modules/lib20_xexec_plugin.so", "")
    #expect(
      lines() == [
        "error: mail_plugins: @/modules has lib10_xexec_plugin.so and lib20_xexec_plugin.so, and "
          + "nobody can log in to IMAP: remove all but lib10_xexec_plugin.so"
      ])
    try FileManager.default.removeItem(atPath: "\(folder.path)/modules/lib20_xexec_plugin.so")
    try folder.add("modules/lib10_xexec_plugin.so", "\0.ABIv\0 .ABIv1 2.3.ABIv\0")
    #expect(
      lines() == [
        "error: mail_plugins: @/modules/lib10_xexec_plugin.so is no plugin of Dovecot, "
          + "or cannot be read: run \"make install\" again"
      ])
    try FileManager.default.removeItem(atPath: "\(folder.path)/modules/lib10_xexec_plugin.so")
    try folder.add("modules/lib10_notxexec_plugin.so", "")
    #expect(
      lines() == [
        "error: mail_plugins: there is no lib10_xexec_plugin.so in @/modules, and nobody can log in "
          + "to IMAP: run \"make install\", or take xexec out of mail_plugins"
      ])
  }

  @Test("Other plugins that are not there: nobody can log in, or no mail is delivered")
  func others() throws {
    folder.configuration.imapPlugins = ["zlib", "xexec", "lib90_sieve", "zilb"]
    folder.configuration.protocols = ["imap", "lmtp"]
    folder.configuration.deliveries = [
      "lmtp": .init(plugins: ["sieve", "no-such"]), "lda": .init(plugins: ["seive"]),
    ]
    try folder.add(
      "dovecot.conf",
      "protocol imap {\n  mail_plugins = zlib xexec\n}\nprotocol lmtp {\n  mail_plugins = sieve\n}\n"
    )
    func missing(_ plugin: String, _ place: String, _ harm: String) -> String {
      "error: mail_plugins\(place): there is no plugin \(plugin) in @/modules, and \(harm): "
        + "install it, or take it out of mail_plugins"
    }
    #expect(
      folder.lines(["xexec": "a:\(program)"], main: "dovecot.conf") == [
        missing("zilb", " (@/dovecot.conf:2)", "nobody can log in to IMAP"),
        missing("seive", "", "lda delivers no mail"),
        missing("no-such", " (@/dovecot.conf:5)", "lmtp delivers no mail"),
      ])
    // without XEXEC they are none of its business
    folder.configuration.imapPlugins = ["zilb"]
    #expect(folder.lines([:]) == [])
  }

  @Test("Built for another Dovecot")
  func otherABI() {
    folder.dovecotABI = "2.3.ABIv20"
    #expect(
      lines() == [
        "error: mail_plugins: @/modules/lib10_xexec_plugin.so was built for Dovecot 2.3.ABIv19, and "
          + "this is 2.3.ABIv20: nobody can log in to IMAP. Build it anew, or take xexec out of "
          + "mail_plugins"
      ])
    folder.dovecotABI = nil
    #expect(lines() == [])
  }

  @Test("The capability is set in full")
  func capability() {
    folder.configuration.imapCapability = "IMAP4rev1 XEXEC=A"
    #expect(
      lines() == [
        "warning: imap_capability: is set in full, so that clients do not see XEXEC: "
          + "put a + in front of it, or XEXEC into it"
      ])
    for sound in ["IMAP4rev1 xexec", "+IDLE2", ""] {
      folder.configuration.imapCapability = sound
      #expect(lines() == [])
    }
  }

  @Test("Too little address space")
  func addressSpace() {
    folder.configuration.services[0].addressSpace = 48 << 20
    #expect(
      lines() == [
        "warning: vsz_limit: programs get 48 MB of address space, as service imap does, and "
          + "xexec-modules needs 64 MB: raise it"
      ])
  }
}

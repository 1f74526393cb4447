import Testing

@testable import xexec_check

/// Lists that lie among the mail folders of their users.
@Suite struct MailFolderTests {
  let folder: CheckedFolder
  let program: String

  init() throws {
    folder = try CheckedFolder()
    program = try folder.addModules()
  }

  private func error(_ path: String, _ directory: String, _ advice: String) -> String {
    "error: xexec: mail is in \(path), where clients see \(directory) as a mail folder and can delete "
      + "it: \(advice), and write it into sieve_before too"
  }

  private func lines(
    _ stores: [MailStore], _ words: String = "blacklist --", home: String = "",
    users: [UserRecord] = []
  ) -> [String] {
    folder.configuration.mailStores = stores
    folder.configuration.mailHome = home
    return folder.lines(["xexec": "a:\(program) \(words)"], users: users)
  }

  @Test(
    "The home is the Maildir, however it is written",
    arguments: [
      ("~", ""), ("~/", ""), ("%h", ""), ("%{home}/.", ""), ("/vmail/%d/%n", "/vmail/%d/%n/"),
      ("/vmail/%d/%n", "/vmail/%{user|domain}/%{user|username}"), ("%h", "/vmail/%u"),
      ("/vmail/%{user | domain}//x", "/vmail/%{user | domain}/x"),
    ])
  func isHome(path: String, home: String) {
    let line = error("the home", ".xexec", "add \"--directory xexec\"")
    #expect(lines([.init(driver: "maildir", path: path)], home: home) == [line])
    #expect(lines([.init(location: "maildir:\(path):INDEX=/x")], home: home) == [line])
    #expect(lines([.init(location: path)], home: home) == [line])
    #expect(
      lines([.init(driver: "maildir", path: path)], "forwardmail --directory xexec --", home: home)
        == [])
  }

  @Test("The home is something else, or holds mail in another form")
  func isNotHome() {
    for store in ["maildir:~/Maildir", "maildir:/vmail/%u", "sdbox:~", "mbox:~/mail", "", "imapc:"]
    {
      #expect(lines([.init(location: store)], home: "/home/%u") == [], "\(store)")
    }
    #expect(
      lines([.init(location: "maildir:~")], "smtp --relay x --").allSatisfy {
        !$0.contains("mail folder")
      })
  }

  @Test("Where each folder is one for mail, any name is seen; and a place below the mail")
  func folderTree() {
    let elsewhere = "give a folder elsewhere by --directory"
    #expect(
      lines([.init(location: "maildir:~:LAYOUT=fs")], "whitelist --directory xexec --")
        == [error("the home", "xexec", elsewhere)])
    #expect(
      lines([.init(location: "mbox:~:INBOX=/var/mail/%u")]) == [
        error("the home", ".xexec", elsewhere)
      ])
    #expect(
      lines([.init(location: "maildir:/v/%u")], "blacklist --directory /v/%u/.x --")
        == [error("/v/%u", "/v/%u/.x", "add \"--directory xexec\"")])
    #expect(lines([.init(location: "maildir:~:LAYOUT=fs")], "whitelist --directory /x/%u --") == [])
    // of 2.4, where it stands beside
    folder.configuration.mailStores = [.init(driver: "maildir", path: "~")]
    #expect(
      (try? folder.add("dovecot.conf", "mailbox_list_layout = fs\n")) != nil
        && folder.lines(
          ["xexec": "a:\(program) blacklist --directory xexec --"], main: "dovecot.conf")
          == [error("the home", "xexec", elsewhere)]
    )
  }

  @Test("A namespace of its own, and what the userdb says of a user")
  func others() {
    let stores: [MailStore] = [.init(location: "maildir:~/x"), .init(location: "maildir:~")]
    #expect(lines(stores).count == 1)
    func user(_ fields: String) -> UserRecord {
      .init(name: "joe@example.com", listing: "field\tvalue\nuid\t0\nhome\t/tmp\n\(fields)\n")
    }
    let store = [MailStore(location: "maildir:~/x")]
    #expect(lines(store, users: [user("mail\tmaildir:~/Maildir")]) == [])
    for own in ["mail\tmaildir:/tmp", "mail\tmaildir:~", "mail_path\t/tmp/"] {
      #expect(lines(store, users: [user(own)]).count == 1, "\(own)")
    }
    // of both the same folder, by the user's name
    let home = UserRecord(name: "joe@b.c", listing: "field\tvalue\nuid\t0\nhome\t/tmp\n")
    #expect(
      lines([.init(driver: "maildir", path: "/%{user | lower}")], users: [home]) == [])
    let root = UserRecord(name: "tmp", listing: "field\tvalue\nuid\t0\nhome\t/tmp\n")
    #expect(
      lines([.init(driver: "maildir", path: "/%{user | username}")], users: [root]).count == 1)
  }
}

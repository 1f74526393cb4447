import Glibc
import PrivateDovecot

/// What is said to a Dovecot, in parts that each begin with a login.
struct Dialogue: Sendable {
  /// A part.
  struct Part: Sendable {
    /// What it is about.
    let title: String
    /// Plays it.
    let play: @Sendable (Stage) throws -> Void

    init(_ title: String, _ play: @escaping @Sendable (Stage) throws -> Void) {
      self.title = title
      self.play = play
    }
  }

  /// What it is about.
  let title: String
  /// The parts, in the order in which they are played.
  let parts: [Part]
  /// Adds to the options of the Dovecot.
  let configure: @Sendable (inout PrivateDovecot.Options) -> Void

  /// Asks for a line with a prompt and repeats it, `count` times.
  static func repeating(_ count: Int) -> String {
    "i=0; while [ $i -lt \(count) ]; do printf '\\005\\n'; IFS= read -r x; echo \"<$x>\"; "
      + "i=$((i+1)); done"
  }

  /// The accounts and modules of all dialogues.
  @Sendable static func configureModules(_ options: inout PrivateDovecot.Options) {
    options.users = [
      .init(name: Stage.user, password: Stage.password),
      .init(
        name: "own@example.com", password: Stage.password,
        modules: [
          "args": "/bin/echo own", "mine": .init("/bin/echo %{user} '%{home}'", timeout: "1 min"),
        ]),
      .init(
        name: "bad@example.com", password: Stage.password,
        modules: [
          "a(b": "/bin/true", "empty": .init(timeout: "5s"), "relative": "bin/true",
          "open": "/bin/true 'x", "SH": "/bin/true", "open2": "/bin/true \"x\\", "far2": "unix:",
          "net": "tcp:host",
        ],
        userdbFields: DovecotVersion.is24 ? ["xexec/gone/program": "%{user"] : badKeys),
      .init(
        name: "plain@example.com", password: Stage.password,
        userdbFields: ["mail_plugins": "quota"]),
    ]
    options.imapMailPlugins = PrivateDovecot.compressPlugins + ["xexec"]
    options.imapMaxLineLength = 200_000
    options.globalText = """
      service xexec-sh {
        executable = script -e XEXEC_LITERAL_SIZE /bin/sh -c
        \(geteuid() == 0 ? "user = nobody" : "")
        unix_listener xexec-sh {
          mode = 0666
        }
      }
      """
    let percent = DovecotVersion.is24 ? "%" : "%%"
    options.modules = [
      "sh": "/bin/sh -c", "args": "/bin/echo",
      "limited": .init("/bin/sh -c", timeout: "1s"), "gone": "/nonexistent/program",
      "folder": "/etc",
      "words": .init(
        #"/bin/echo 'a b' "c 'd' \"e\"" f\ g x%{user} %{userdb:nothing} 100"# + percent),
      "data": .init("/bin/sh -c", stdin: "literal", maxLiteral: "1M"),
      "short": .init("/bin/sh -c", timeout: "500ms", stdin: "literal"),
      "far": .init("unix:xexec-sh", stdin: "literal"),
      "hasty": .init("unix:xexec-sh", timeout: "1s"),
      "absent": .init("unix:nowhere", stdin: "literal"),
      "closed": "tcp:127.0.0.1:1", "unknown": "tcp:host.invalid:1",
      "wrong": "tcp:%{userdb:nothing}:1", "gone-data": .init("/nonexistent", stdin: "literal"),
    ]
  }

  /// Entries that only Dovecot 2.3 can have: text where 2.4 has types, and keys that 2.4 refuses.
  private static let badKeys: PrivateDovecot.Settings = [
    "xexec41": "nocolon", "xexec42": ":/bin/true", "xexec43": "empty:",
    "xexec2_timeout": "soon", "xexec_timout": "5s", "xexec1": "one:/bin/true",
    "xexec2_stdin": "nothing", "xexec44_max_literal": "much", "xexec_stdin": "literals",
  ]
}

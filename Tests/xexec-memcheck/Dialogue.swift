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
        userdbFields: [
          "xexec2": "args:/usr/bin/printf own:%%s\\n", "xexec9": "mine:/bin/echo %u '%h'",
          "xexec9_timeout": "1 min",
        ]),
      .init(
        name: "bad@example.com", password: Stage.password,
        userdbFields: [
          "xexec11": "nocolon", "xexec12": ":/bin/true", "xexec13": "a(b:/bin/true",
          "xexec14": "empty:", "xexec15": "relative:bin/true", "xexec16": "open:/bin/true 'x",
          "xexec17": "SH:/bin/true", "xexec2_timeout": "soon", "xexec_timout": "5s",
          "xexec1": "one:/bin/true", "xexec18": "open:/bin/true \"x\\",
          "xexec19": "far2:unix:", "xexec20": "net:tcp:host", "xexec2_stdin": "nothing",
          "xexec21_max_literal": "much", "xexec_stdin": "literals",
        ]),
      .init(
        name: "plain@example.com", password: Stage.password,
        userdbFields: ["mail_plugins": "imap_zlib"]),
    ]
    options.imapMailPlugins = ["imap_zlib", "xexec"]
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
    options.pluginSettings = [
      "xexec": "sh:/bin/sh -c", "xexec2": "args:/usr/bin/printf <%%s>\\\\n",
      "xexec3": "limited:/bin/sh -c", "xexec3_timeout": "1s",
      "xexec4": "gone:/nonexistent/program", "xexec5": "folder:/etc",
      "xexec6": #"words:/bin/echo 'a b' "c 'd' \"e\"" f\ g x%u %{userdb:nothing} 100%%"#,
      "xexec30": "data:/bin/sh -c", "xexec30_stdin": "literal", "xexec30_max_literal": "1M",
      "xexec31": "short:/bin/sh -c", "xexec31_stdin": "literal", "xexec31_timeout": "500ms",
      "xexec32": "far:unix:xexec-sh", "xexec32_stdin": "literal",
      "xexec33": "hasty:unix:xexec-sh", "xexec33_timeout": "1s",
      "xexec34": "absent:unix:nowhere", "xexec34_stdin": "literal",
      "xexec35": "closed:tcp:127.0.0.1:1", "xexec36": "unknown:tcp:host.invalid:1",
      "xexec37": "wrong:tcp:%{userdb:nothing}:1",
      "xexec38": "gone-data:/nonexistent", "xexec38_stdin": "literal",
    ]
  }
}

/// Whether the folder of users' lists is among their mail folders: then a client sees it as one, and
/// can delete it.
///
/// The modules refuse such a place, where they see it. They see only files, and a new user has no mail
/// folder yet.
struct MailFolderCheck {
  let subject: Subject
  let configuration: DovecotConfiguration
  let files: ConfigurationFiles
  /// nil for what holds for all users.
  var user: UserRecord?

  func run(_ words: ModuleWords, _ findings: inout FindingList) {
    let directory = words.value(of: "--directory") ?? ".xexec"
    let path = directory.hasPrefix("/") ? directory : "~/\(directory)"
    guard let store = stores.first(where: { shows(normal(path), in: $0) }) else { return }
    let isPlain = isFolderTree(store)
    // the same for all, and for one user
    let place = normal(store.path) == "~" ? "the home" : store.path
    findings.error(
      subject,
      "mail is in \(place), where clients see \(directory) as a mail folder and can delete it: "
        + (isPlain
          ? "give a folder elsewhere by --directory" : "add \"--directory xexec\"")
        + ", and write it into \(configuration.modules.advice.scriptFolder) too")
  }

  /// Where mail of the user is, or of all.
  private var stores: [MailStore] {
    // 2.3, and 2.4
    if let own = user?["mail"] ?? user?["mail_location"] { return [MailStore(location: own)] }
    guard let path = user?["mail_path"] else { return configuration.mailStores }
    let driver = user?["mail_driver"] ?? configuration.mailStores.first?.driver ?? ""
    return [MailStore(driver: driver, path: path)]
  }

  private func shows(_ directory: String, in store: MailStore) -> Bool {
    let root = normal(store.path)
    guard ["maildir", "mbox", ""].contains(store.driver), !root.isEmpty, directory.isBelow(root)
    else { return false }
    // of a Maildir only what begins with a dot
    return isFolderTree(store) || directory.dropFirst(root.count).hasPrefix("/.")
  }

  /// Whether each folder below is one for mail.
  private func isFolderTree(_ store: MailStore) -> Bool {
    let written = files.settings.last { $0.key == "mailbox_list_layout" }?.value.lowercased()
    let layout = store.layout.isEmpty ? written ?? "" : store.layout
    return store.driver == "mbox" || layout == "fs"
  }

  /// A path with `~` for the home, in the same words for both.
  private func normal(_ path: String) -> String {
    let home = user?["home"] ?? expanded(configuration.mailHome)
    let path = tidy(expanded(path))
    for start in ["%{home}", tidy(home)] where start.count > 1 && path.isBelow(start) {
      return "~" + path.dropFirst(start.count)
    }
    return path
  }

  /// Without what makes no difference: slashes too many, `.`, and blanks around a `|`.
  private func tidy(_ path: String) -> String {
    let names = path.replacing(/\ *\|\ */, with: " | ").split(separator: "/").filter { $0 != "." }
    return (path.hasPrefix("/") ? "/" : "") + names.joined(separator: "/")
  }

  /// With the variables of 2.4, and those that hold the user's name expanded if that is known.
  private func expanded(_ path: String) -> String {
    let path = VariableConversion(path).text
    guard let name = user?.name else { return path }
    let parts = name.split(separator: "@", maxSplits: 1).map(String.init)
    return path.replacing(/%\{\ *user\ *(?:\|\ *(username|domain)\ *)?(?:\|\ *lower\ *)?\}/) {
      match in
      switch match.1 {
      case "username": parts.first ?? ""
      case "domain": parts.count > 1 ? parts[1] : ""
      default: name
      }
    }
  }
}

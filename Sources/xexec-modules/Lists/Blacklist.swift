/// The module `blacklist`, as it comes or with the options of ``BlacklistCommand``.
struct Blacklist: ConfigurableModule, Equatable {
  /// What becomes of mail from such a sender.
  enum Action: String, CaseIterable {
    case fileinto, discard
  }

  var action = Action.fileinto
  var folder = BlacklistAction.defaultFolder
  /// Whether a folder that is marked as the one for junk does not come first.
  var folderOnly = false
  var maxEntries = ListModule.maxEntries
  var directory = FilterFolder.defaultPath

  mutating func set(flag: String) -> Bool {
    flag == "--folder-only" && store(true, in: &folderOnly)
  }

  mutating func set(_ option: String, to value: String) -> Bool {
    switch option {
    case "--action": store(Action(rawValue: value), in: &action)
    case "--folder": store(value, in: &folder)
    case "--max-entries": store(Int(value), in: &maxEntries)
    case "--directory": store(value, in: &directory)
    default: false
    }
  }

  var fault: String? {
    ListModule.fault(directory: directory, maxEntries: maxEntries)
      ?? (folder.isEmpty || folder.hasControlCharacter
        ? "--folder is empty or holds a control character" : nil)
  }

  func run(words: [String]) throws {
    let action: BlacklistAction =
      action == .discard ? .discard : .fileInto(folder, isFixed: folderOnly)
    let module = ListModule(setting: .blacklist, directory: directory, maxEntries: maxEntries)
    try module.run(words: words) { (list, folder) throws(Refusal) in
      let others = try folder.readList(.whitelist).senders
      return [.blacklist(list.senders, except: others, action: action.commands)]
    }
  }
}

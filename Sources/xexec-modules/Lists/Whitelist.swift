/// The module `whitelist`, as it comes or with the options of ``WhitelistCommand``.
struct Whitelist: ConfigurableModule, Equatable {
  var maxEntries = ListModule.maxEntries
  /// Whether such mail comes into the INBOX, whatever the user's own script says.
  var inbox = false
  var directory = FilterFolder.defaultPath

  mutating func set(flag: String) -> Bool { flag == "--inbox" && store(true, in: &inbox) }

  mutating func set(_ option: String, to value: String) -> Bool {
    switch option {
    case "--max-entries": store(Int(value), in: &maxEntries)
    case "--directory": store(value, in: &directory)
    default: false
    }
  }

  var fault: String? { ListModule.fault(directory: directory, maxEntries: maxEntries) }

  func run(words: [String]) throws {
    let module = ListModule(setting: .whitelist, directory: directory, maxEntries: maxEntries)
    try module.run(words: words) { (list, folder) throws(Refusal) in
      let blacklist = try folder.readList(.blacklist)
      let standard = BlacklistAction.fileInto(BlacklistAction.defaultFolder, isFixed: false)
      let action = try folder.readBlacklistAction() ?? standard.commands
      return [
        .blacklist(blacklist.senders, except: list.senders, action: action),
        .inbox(inbox ? list.senders : []),
      ]
    }
  }
}

/// What `blacklist` and `whitelist` have in common.
struct ListModule {
  /// Entries that a list may have if the administrator does not say otherwise.
  static let maxEntries = 10000

  let setting: FilterFolder.Setting
  let directory: String
  let maxEntries: Int

  /// What is wrong with these, in the words of a message.
  static func fault(directory: String, maxEntries: Int) -> String? {
    FilterFolder.fault(path: directory)
      ?? (maxEntries > 0 ? nil : "--max-entries must be at least 1")
  }

  /// Does what the client asks for, and answers.
  ///
  /// - Parameters:
  ///   - words: The client's.
  ///   - scripts: The filter for a list; what else it needs is read from the folder.
  /// - Throws: ``Refusal``.
  func run(
    words: [String],
    scripts: (AddressList, FilterFolder) throws(Refusal) -> [FilterScript]
  ) throws(Refusal) {
    let user = try MailUser.current(for: "a list")
    let request = try ListRequest(words)
    let title = "server side \(setting.rawValue) for \(user.name)"
    let folder = try FilterFolder(directory, of: user, subject: "The \(title)")
    try folder.locked(creating: request.isAddition) { () throws(Refusal) in
      let old = try folder.readList(setting)
      var new = old
      let answer = try request.apply(to: &new, titled: title, maxEntries: maxEntries)
      let scripts = try scripts(new, folder)
      let isTooLong = scripts.contains(where: \.isTooLong)
      if new.count > old.count && isTooLong {
        throw Refusal(
          .badData, "The \(title) is full (its filter would be too long)", code: .limit)
      }
      if new != old { try folder.write(setting, new.lines()) }
      if !isTooLong {
        for script in scripts { try folder.install(script) }
      }
      Output.write(answer)
      if isTooLong {
        // made by another program, or together with the other list
        throw Refusal(
          .badData, "The \(title) is too long to take effect, delete some of it", code: .limit)
      }
    }
  }
}

extension FilterFolder {
  /// A list, empty if there is none.
  ///
  /// - Throws: ``Refusal`` if it cannot be read.
  func readList(_ setting: Setting) throws(Refusal) -> AddressList {
    AddressList(octets: try read(setting) ?? [])
  }
}

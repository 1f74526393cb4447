/// What `blacklist` and `whitelist` have in common.
struct ListModule {
  let setting: FilterFolder.Setting
  let directory: String
  let maxEntries: Int

  /// Does what the client asks for, and answers.
  ///
  /// - Parameters:
  ///   - words: The client's.
  ///   - script: The filter for a list; what else it needs is read from the folder.
  /// - Throws: ``Refusal``.
  func run(
    words: [String],
    script: (AddressList, FilterFolder) throws(Refusal) -> FilterScript
  ) throws(Refusal) {
    let user = try MailUser.current(for: "a list")
    let request = try ListRequest(words)
    let title = "server side \(setting) for \(user.name)"
    let folder = try FilterFolder(directory, of: user, subject: "The \(title)")
    try folder.locked(creating: request.isAddition) { () throws(Refusal) in
      let old = AddressList(octets: try folder.read(setting) ?? [])
      var new = old
      let answer = try request.apply(to: &new, titled: title, maxEntries: maxEntries)
      let script = try script(new, folder)
      if new.entries.count > old.entries.count && script.isTooLong {
        throw Refusal(.badData, "The \(title) is full (its filter would be too long)")
      }
      if new != old { try folder.write(setting, new.octets) }
      if !script.isTooLong { try folder.install(script) }
      Output.write(answer)
      if script.isTooLong { throw Refusal.tooLong(title) }
    }
  }
}

extension Refusal {
  /// A list, made by another program, has no filter: it would be too long.
  static func tooLong(_ title: String) -> Refusal {
    Refusal(.badData, "The \(title) is too long to take effect, delete some of it")
  }
}

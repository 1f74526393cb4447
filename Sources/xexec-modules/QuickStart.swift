/// Modules that are set up without ArgumentParser.
///
/// A module starts anew for each command of a client. ArgumentParser finds out by reflection what
/// options there are, each time, and that takes many times what such a module itself does. It is
/// there for what has to be explained: help, and words that are not right.
enum QuickStart {
  /// Sets up the module that the administrator's words ask for.
  ///
  /// - Returns: Nil if they are for ArgumentParser.
  static func module(_ words: [String]) -> (any Module)? {
    let options = words.dropFirst()
    switch words.first {
    case "blacklist": return Blacklist(options)
    case "whitelist": return Whitelist(options)
    case "forwardmail": return Forwardmail(options)
    default: return nil
    }
  }
}

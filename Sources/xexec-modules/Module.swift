/// The program of a module.
protocol Module {
  /// Does what the client asks for.
  ///
  /// - Parameter words: The client's arguments, which are hostile until checked.
  /// - Throws: ``Refusal`` for everything that the client or the administrator has to be told.
  func run(words: [String]) throws
}

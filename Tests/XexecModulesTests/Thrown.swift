import Testing

/// What `#expect(throws:)` returns from Swift 6.1 on: the error that was thrown.
///
/// - Returns: nil if there was none, or another. That is an issue of the test.
func thrown<E: Error, Result>(
  _ type: E.Type, _ comment: @autoclosure () -> Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Result
) -> E? {
  do {
    _ = try body()
    Issue.record(comment() ?? "no \(E.self) was thrown", sourceLocation: sourceLocation)
  } catch let error as E {
    return error
  } catch {
    Issue.record(
      comment() ?? "\(error) was thrown and no \(E.self)", sourceLocation: sourceLocation)
  }
  return nil
}

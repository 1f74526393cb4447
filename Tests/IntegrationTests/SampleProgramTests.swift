import Foundation
import PrivateDovecot
import Testing

/// The sample program, through IMAP.
@Suite struct SampleProgramTests {
  @Test("The seed's two-way example")
  func average() throws {
    let server = try Server { folder, options in
      let path = try folder.addProgram(copying: PrivateDovecot.averageProgram)
      options.modules = ["average": .init(path)]
    }
    let client = try server.connect()
    try client.sendLine("x XEXEC average")
    for answer in ["2", "10", "20"] {
      #expect(try client.readUntilContinuation().last?.text == "+ OK")
      try client.sendLine(answer)
    }
    let reply = try client.readResponses(untilTagged: "x")
    #expect(reply.texts == ["* OK Average: 15"])
    #expect(reply.isOK)
  }
}

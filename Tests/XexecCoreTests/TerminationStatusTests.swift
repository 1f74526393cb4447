import CXexec
import Testing

@testable import XexecCore

@Test func x() { #expect(TerminationStatus(waitStatus: 0) == .exited(0)) }

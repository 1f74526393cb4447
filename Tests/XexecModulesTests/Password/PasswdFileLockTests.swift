import Foundation
import Testing

@testable import xexec_modules

@Suite("The lock of a passwd-file")
struct PasswdFileLockTests {
  private let folder = try! Folder()
  private let name = ".users.flock"
  private var path: String { "\(folder.path)/\(name)" }

  private func take(timeout: Int = 100) throws -> FileLock {
    try PasswdFileLock.take(path, timeout: timeout)
  }

  /// Whether the lock file is one that nobody else can open.
  private func isGood() -> Bool {
    let status = folder.status(name)
    return status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o777 == 0o600
      && status.st_uid == geteuid() && status.st_nlink == 1
  }

  @Test("It is made for its owner alone, stays, and is used again; who holds it is waited for")
  func use() throws {
    var lock: FileLock? = try take()
    #expect(isGood())
    let number = folder.status(name).st_ino
    let error = thrown(SystemError.self) { try take() }
    #expect(error?.code == EWOULDBLOCK)
    withExtendedLifetime(lock) {}
    lock = nil
    _ = try take()
    #expect(folder.status(name).st_ino == number)
  }

  @Test("One that others may open is replaced, locked or not", arguments: [0o644, 0o660, 0o604])
  func open(mode: mode_t) throws {
    try folder.write("", to: name)
    chmod(path, mode)
    let held = try FileLock(path: path)
    let number = folder.status(name).st_ino
    let lock = try take()
    #expect(isGood() && folder.status(name).st_ino != number)
    withExtendedLifetime((held, lock)) {}
  }

  @Test(
    "One of another account is replaced, unless that owns the folder", .enabled(if: geteuid() == 0))
  func owner() throws {
    try folder.write("", to: name)
    chmod(path, 0o600)
    chown(path, 12345, 12345)
    let held = try FileLock(path: path)
    var lock: FileLock? = try take()
    #expect(isGood())
    withExtendedLifetime((held, lock)) {}
    lock = nil

    // what root makes is the folder's owner's, who can use it then
    unlink(path)
    chown(folder.path, 12345, 12345)
    lock = try take()
    #expect(folder.status(name).st_uid == 12345)
    let number = folder.status(name).st_ino
    lock = nil
    _ = try take()
    #expect(folder.status(name).st_ino == number)
  }

  @Test(
    "What is no file of its own is not followed, and replaced",
    arguments: ["link", "hard", "folder", "fifo"])
  func noFile(kind: String) throws {
    try folder.write("precious", to: "other")
    switch kind {
    case "link": symlink("other", path)
    case "hard": link("\(folder.path)/other", path)
    case "folder": mkdir(path, 0o700)
    default: mkfifo(path, 0o600)
    }
    let lock = try take()
    #expect(isGood())
    #expect(try folder.read("other") == "precious")
    withExtendedLifetime(lock) {}
  }

  @Test("A held lock of the folder does not hold anybody up for long")
  func heldFolder() throws {
    let held = try FileLock(Glibc.open(folder.path, O_RDONLY | O_CLOEXEC), path: path, timeout: 0)
    try folder.write("", to: name)
    chmod(path, 0o644)
    let start = ContinuousClock.now
    _ = try take()
    #expect(isGood() && ContinuousClock.now - start < .seconds(30))
    withExtendedLifetime(held) {}
  }

  @Test("Who takes it at once, while it is replaced, has it alone")
  func concurrent() async throws {
    let counter = "\(folder.path)/counter"
    for _ in 0..<5 {
      try "0".write(toFile: counter, atomically: false, encoding: .utf8)
      unlink(path)
      try folder.write("", to: name)
      chmod(path, 0o644)
      let path = path
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          group.addTask {
            let lock = try PasswdFileLock.take(path, timeout: 60_000)
            let value = Int(try String(contentsOfFile: counter, encoding: .utf8)) ?? -1000
            usleep(1000)
            try "\(value + 1)".write(toFile: counter, atomically: false, encoding: .utf8)
            withExtendedLifetime(lock) {}
          }
        }
        try await group.waitForAll()
      }
      #expect(try String(contentsOfFile: counter, encoding: .utf8) == "20")
    }
  }

  @Test("Without a folder, or one to write in, it says so")
  func noFolder() {
    let error = thrown(SystemError.self) {
      try PasswdFileLock.take("/nonexistent/.users.flock", timeout: 0)
    }
    #expect(error?.code == ENOENT)
  }
}

import Foundation
import Glibc

/// The temporary folder in which a private Dovecot lives: configuration, log, sockets, homes,
/// modules and programs. The mail user can reach what is in it.
public final class PrivateFolder: Sendable {
  /// The folder's absolute path, short enough for the UNIX sockets in it.
  public let path: String

  let account: Account

  /// The numeric user and group that own the homes and run the programs.
  public var mailUserID: UInt32 { account.userID }
  /// See ``mailUserID``.
  public var mailGroupID: UInt32 { account.groupID }

  /// Makes the folder, with a random name below `/tmp`.
  init(account: Account) throws {
    var template = Array("/tmp/xd-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw systemError("mkdtemp in /tmp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    self.account = account
    chmod(path, 0o755)
  }

  /// The home of a user: a folder below ``path`` that belongs to the mail user.
  public func home(of user: String) -> String {
    "\(path)/home/\(user.replacingOccurrences(of: "/", with: "_"))"
  }

  /// Makes an executable program from its text, with mode 755.
  ///
  /// - Parameters:
  ///   - name: Its file name.
  ///   - text: The text, with the `#!` line.
  /// - Returns: Its absolute path.
  /// - Throws: ``KitError`` if the file cannot be written.
  @discardableResult
  public func addProgram(named name: String, text: String) throws -> String {
    try addFile(named: "bin/\(name)", octets: Array(text.utf8), mode: 0o755)
  }

  /// Copies an executable program into the folder, with mode 755.
  ///
  /// - Parameters:
  ///   - file: The path of the program to copy.
  ///   - name: The name of the copy; `nil` keeps the name it has.
  /// - Returns: The copy's absolute path.
  /// - Throws: ``KitError`` if the file cannot be read or the copy not be written.
  @discardableResult
  public func addProgram(copying file: String, named name: String? = nil) throws -> String {
    let octets = try readFile(file)
    let name = name ?? (file as NSString).lastPathComponent
    return try addFile(named: "bin/\(name)", octets: octets, mode: 0o755)
  }

  /// Writes a file that belongs to the calling user.
  ///
  /// - Parameters:
  ///   - name: Its path below the folder; missing folders are made.
  ///   - octets: What it holds.
  ///   - mode: Its permissions.
  /// - Returns: Its absolute path.
  /// - Throws: ``KitError`` if it cannot be written.
  @discardableResult
  public func addFile(named name: String, octets: [UInt8], mode: mode_t = 0o644) throws -> String {
    let file = "\(path)/\(name)"
    try addFolder((file as NSString).deletingLastPathComponent)
    // Written apart and renamed: a program that runs just now must not be cut short (ETXTBSY).
    let draft = "\(file).\(UInt32.random(in: .min ... .max)).new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw systemError(draft) }
    var written = 0
    while written < octets.count {
      let count = octets[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else {
        close(descriptor)
        throw systemError(draft)
      }
      written += count
    }
    fchmod(descriptor, mode)
    close(descriptor)
    guard rename(draft, file) == 0 else { throw systemError(file) }
    return file
  }

  /// Makes a folder that belongs to the mail user.
  ///
  /// - Parameter name: Its path below this folder; missing folders are made.
  /// - Returns: Its absolute path.
  /// - Throws: ``KitError`` if it cannot be made.
  @discardableResult
  public func addSharedFolder(named name: String) throws -> String {
    let folder = "\(path)/\(name)"
    try addFolder(folder)
    if !account.isRootless { chown(folder, account.userID, account.groupID) }
    return folder
  }

  /// Makes the homes of users, owned by the mail user.
  func addHomes(of users: [PrivateDovecot.User]) throws {
    try addFolder("\(path)/home")
    for user in users {
      let home = home(of: user.name)
      guard mkdir(home, 0o700) == 0 || errno == EEXIST else { throw systemError(home) }
      if !account.isRootless { chown(home, account.userID, account.groupID) }
    }
  }

  /// Makes the module directory: the system's modules, and the plugin in the place of any other
  /// version of it that the system may have.
  func addModules(from systemModules: String, plugin: String?) throws {
    let name = "lib10_xexec_plugin.so"
    let modules = "\(path)/modules"
    try addFolder(modules)
    let found = try? FileManager.default.contentsOfDirectory(atPath: systemModules)
    for module in found ?? [] where module != name {
      symlink("\(systemModules)/\(module)", "\(modules)/\(module)")
    }
    // A copy, because the mail user may be unable to read the folder it was built in.
    if let plugin {
      try addFile(named: "modules/\(name)", octets: readFile(plugin), mode: 0o644)
    }
  }

  private func addFolder(_ folder: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    } catch {
      throw KitError(.system, "\(folder): \(error)")
    }
  }

  private func readFile(_ file: String) throws -> [UInt8] {
    guard let content = FileManager.default.contents(atPath: file) else {
      throw KitError(.system, "\(file): cannot be read")
    }
    return [UInt8](content)
  }
}

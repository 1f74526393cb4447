import ArgumentParser
import Glibc

/// `xexec-check --convert`: files in, text out, and what could not be converted to stderr.
struct Conversion {
  /// Paths; none stands for standard input.
  let files: [String]
  let isStrict: Bool

  func run() throws {
    let texts = try (files.isEmpty ? ["-"] : files).map(read)
    let result = Converter.convert(texts)
    print(result.text, terminator: "")
    let findings = result.findings.findings
    for finding in findings { tellOnStderr("\(finding.line)\n") }
    if findings.contains(where: { $0.level == .error || isStrict }) { throw ExitCode(1) }
  }

  private func read(_ path: String) throws -> (name: String, text: String) {
    let isStandardInput = path == "-"
    let name = isStandardInput ? "standard input" : path
    // a pipe may be meant, and is waited for
    let descriptor = isStandardInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0, let octets = readAll(descriptor) else {
      tellOnStderr("xexec-check: \(name) cannot be read: \(String(cString: strerror(errno)))\n")
      throw ExitCode(EX_NOINPUT)
    }
    if !isStandardInput { close(descriptor) }
    guard let text = String(validating: octets, as: UTF8.self) else {
      tellOnStderr("xexec-check: \(name) is not UTF-8: convert it to that first (iconv)\n")
      throw ExitCode(EX_NOINPUT)
    }
    return (name, text)
  }
}

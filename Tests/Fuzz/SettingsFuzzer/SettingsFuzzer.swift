import CXexec

// The settings: keys, entries and the word splitter.
//
//     strings, each ended by NUL: key, value, key, value, ...
//
// Checked:
// - The modules are those that the contract asks for (ReferenceSettings), in the order of their
//   numbers, with their options. Each has an atom as its name, an absolute program or the address of
//   a service, and a name that no other has, whatever its case.
// - A bad setting is reported once, with its key and a reason; a good one never.
// - A module is found by its name in any case, and nothing else is found. The capability is
//   XEXEC=NAME.
// - Words are split as in a shell. Words that are quoted, in each of the three ways, and split
//   again are the same words.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSettings(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  let settings = decode(UnsafeBufferPointer(start: data, count: size))
  let reference = ReferenceSettings(settings)
  checkModules(settings, reference)
  for setting in settings { checkWords(setting.value) }
  return 0
}

private func decode(_ input: UnsafeBufferPointer<UInt8>) -> [ReferenceSettings.Setting] {
  var strings = input.split(separator: 0, maxSplits: 64, omittingEmptySubsequences: false)
    .prefix(64).map(Array.init)
  if strings.count % 2 != 0 { strings.append([]) }
  return stride(from: 0, to: strings.count, by: 2).map {
    ReferenceSettings.Setting(key: strings[$0], value: strings[$0 + 1])
  }
}

// MARK: - Modules

/// Dovecot's part: knows times and sizes, and counts what is reported of each setting.
private final class Host {
  let settings: [xexec_setting]
  var reports: [Int]
  var warnings = 0

  init(_ settings: [xexec_setting]) {
    self.settings = settings
    reports = settings.map { _ in 0 }
  }

  var callbacks: xexec_settings_host {
    xexec_settings_host(
      context: Unmanaged.passUnretained(self).toOpaque(),
      parse_time: { _, value, milliseconds, error in
        guard let time = ReferenceSettings.milliseconds(Array(octets(of: value!))) else {
          error!.pointee = ("no time" as StaticString).cString
          return false
        }
        milliseconds!.pointee = time
        return true
      },
      parse_size: { _, value, size, error in
        guard let octets = ReferenceSettings.size(Array(octets(of: value!))) else {
          error!.pointee = ("no size" as StaticString).cString
          return false
        }
        size!.pointee = octets
        return true
      },
      bad_setting: { context, key, reason in
        let host = Unmanaged<Host>.fromOpaque(context!).takeUnretainedValue()
        guard let index = host.settings.firstIndex(where: { $0.key == key }) else {
          require(false, "a report has the key of a setting", shown(octets(of: key!)))
          return
        }
        host.reports[index] += 1
        require(reason != nil && strlen(reason!) > 0, "a report has a reason")
      },
      warn: { context, _ in
        Unmanaged<Host>.fromOpaque(context!).takeUnretainedValue().warnings += 1
      },
      imap_capability: nil)
  }
}

private func checkModules(
  _ settings: [ReferenceSettings.Setting], _ reference: ReferenceSettings
) {
  let pointer = withCSettings(settings) { cSettings in
    let host = Host(cSettings)
    let pointer = cSettings.withUnsafeBufferPointer { cSettings in
      withUnsafePointer(to: host.callbacks) {
        coreModulesNew(cSettings.baseAddress, cSettings.count, $0)!
      }
    }
    require(
      host.warnings == (reference.announcesAll ? 0 : 1),
      "a warning says that the names are too long to be announced")
    for (index, reports) in host.reports.enumerated() {
      require(
        reports == (reference.isReported[index] ? 1 : 0),
        "a bad setting is reported once, a good one never",
        "\(shown(settings[index].key)) = \(shown(settings[index].value)): \(reports) times")
    }
    return pointer
  }
  // the strings of the settings are gone
  let table = Unmanaged<ModuleTable>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
  checkModules(table, pointer, reference)
  for setting in settings {
    checkLookUp(Array(setting.value.prefix { $0 != UInt8(ascii: ":") }), table, reference)
  }
  coreModulesFree(pointer)
}

private func checkModules(
  _ table: ModuleTable, _ pointer: OpaquePointer, _ reference: ReferenceSettings
) {
  require(
    table.modules.count == reference.modules.count, "each good entry is a module",
    "\(table.modules.count) instead of \(reference.modules.count)")
  checkCapabilities(pointer, reference)
  var names: Set<[UInt8]> = []
  for (index, expected) in reference.modules.enumerated() {
    let module = table.modules[index]
    let name = array(module.name)
    let words = module.words.map(array)
    require(ReferenceSettings.isAtom(name), "a module's name is an atom", shown(name))
    require(names.insert(lowercased(name)).inserted, "a name is there once", shown(name))
    require(
      words.first.map(ReferenceSettings.isProgram) == true,
      "a program is an absolute path, or the address of a service",
      words.first.map(shown) ?? "")
    require(
      name == expected.name, "modules are in the order of their numbers",
      "\(shown(name)) instead of \(shown(expected.name))")
    requireSame(words, expected.words, "a module's words are those of its entry")
    let options = ReferenceSettings.Options(
      timeLimit: module.options.timeLimit, takesLiteral: module.options.stdin == .literal,
      maximumLiteral: module.options.maximumLiteral,
      progress: ["\(module.options.progress)"].map { $0 == "none" ? "no" : $0 }[0],
      logsStderr: module.options.stderr == .log)
    require(
      options == expected.options, "a module has its options",
      "\(shown(name)): \(options) instead of \(expected.options)")
    withCString(name) {
      var first = xexec_arg(type: XEXEC_ARG_ATOM, octets: $0, size: UInt64(name.count))
      require(
        coreModulesTakeLiteral(pointer, &first) == expected.options.takesLiteral,
        "a module takes a literal if it is set so", shown(name))
    }
    checkLookUp(name, table, reference)
    checkLookUp(uppercased(name), table, reference)
    checkLookUp(lowercased(name), table, reference)
    checkLookUp(name + [UInt8(ascii: "x")], table, reference)
  }
}

private func checkCapabilities(_ pointer: OpaquePointer, _ reference: ReferenceSettings) {
  var expected: [[UInt8]] = []
  if !reference.modules.isEmpty { expected.append(Array("XEXEC".utf8)) }
  if reference.announcesAll {
    expected += reference.modules.map { Array("XEXEC=".utf8) + uppercased($0.name) }
  }
  requireSame(
    (0..<coreCapabilitiesCount(pointer)).map { Array(octets(of: coreCapability(pointer, $0))) },
    expected, "the capabilities are XEXEC and one XEXEC=NAME each, or only the first")
}

/// What a client that asks for `name` gets.
private func checkLookUp(_ name: [UInt8], _ table: ModuleTable, _ reference: ReferenceSettings) {
  let expected = reference.modules.firstIndex { lowercased($0.name) == lowercased(name) }
  withCString(name) { cName in
    let found = table.module(named: cName)
    require(
      found === expected.map { table.modules[$0] }, "a module is found by its name, in any case",
      shown(name))

    // in a table without a module, so that no program is ever started
    let host = Host([])
    let empty = NumberedSettings.table(
      UnsafeBufferPointer(start: nil, count: 0), host: host.callbacks)
    do throws(Run.Refusal) {
      let args = [xexec_arg(type: XEXEC_ARG_ATOM, octets: cName, size: UInt64(name.count))]
      _ = try args.withUnsafeBufferPointer { args throws(Run.Refusal) in
        try Run.start(
          xexec_request(
            tag: nil, args: args.baseAddress, args_count: 1, client_in: -1, client_out: -1,
            username: nil, home: nil, local_ip: nil, remote_ip: nil, base_directory: nil),
          in: empty,
          host: xexec_run_host(
            context: nil, send: nil, expand: nil, log: { _, _, _ in }, take_seat: nil))
      }
      require(false, "nothing is started without a module")
    } catch {
      switch error {
      case .noModule:
        require(!ReferenceSettings.isAtom(name), "an atom is a module's name", shown(name))
      case .unknownModule:
        require(ReferenceSettings.isAtom(name), "a module's name is an atom", shown(name))
      default:
        require(false, "a module that is not there is refused as such", shown(name))
      }
    }
  }
}

// MARK: - Words

private func checkWords(_ line: [UInt8]) {
  if !line.contains(UInt8(ascii: "%")) {
    requireSame(
      split(line, variable: PipedVariable.length), split(line),
      "without a percent sign all Dovecots' words are the same")
  } else if let words = split(line, variable: PipedVariable.length) {
    for word in words { checkVariables(word) }
  }
  let words = split(line)
  requireSame(words, ReferenceSettings.words(line), "words are split as in a shell")
  guard let words else { return }
  for quote in [singleQuoted, doubleQuoted, escaped] {
    let quoted = words.map(quote).joined(separator: Array(" \t ".utf8))
    requireSame(split(Array(quoted)), words, "quoted words are the same words")
  }
}

/// nil if something is left open.
private func split(_ line: [UInt8], variable: WordSplitter.VariableLength? = nil) -> [[UInt8]]? {
  line.withUnsafeBufferPointer { line in
    do throws(WordSplitter.Failure) {
      return try WordSplitter.split(line, variable: variable).map(array)
    } catch {
      require(error.reason.utf8CodeUnitCount > 0, "a report has a reason")
      return nil
    }
  }
}

/// What Dovecot finds in a word: each `%{` but that of `%%{` is closed.
private func checkVariables(_ word: [UInt8]) {
  word.withUnsafeBufferPointer { word in
    var index = 0
    while index < word.count {
      // an old variable may come about where two quoted texts meet, and is text
      let length = (try? PipedVariable.length(word, index)) ?? 0
      if length == 0 && PipedVariable.begins(word, index) {
        require(false, "a variable is in one word, with its end", shown(Array(word)))
      }
      index += max(length, 1)
    }
  }
}

private func singleQuoted(_ word: [UInt8]) -> [UInt8] {
  let inside = word.flatMap { $0 == UInt8(ascii: "'") ? Array("'\\''".utf8) : [$0] }
  return [UInt8(ascii: "'")] + inside + [UInt8(ascii: "'")]
}

private func doubleQuoted(_ word: [UInt8]) -> [UInt8] {
  let inside = word.flatMap { octet in
    "\"\\$`".utf8.contains(octet) ? [UInt8(ascii: "\\"), octet] : [octet]
  }
  return [UInt8(ascii: "\"")] + inside + [UInt8(ascii: "\"")]
}

/// A backslash before each octet; there is no other way to write an empty word than quotes.
private func escaped(_ word: [UInt8]) -> [UInt8] {
  word.isEmpty ? Array("\"\"".utf8) : word.flatMap { [UInt8(ascii: "\\"), $0] }
}

private func requireSame(
  _ got: [[UInt8]]?, _ expected: [[UInt8]]?, _ invariant: StaticString,
  file: StaticString = #fileID, line: UInt = #line
) {
  func shownWords(_ words: [[UInt8]]?) -> String {
    words.map { $0.map(shown).joined(separator: ", ") } ?? "something is left open"
  }
  require(
    got == expected, invariant, "got      \(shownWords(got))\nexpected \(shownWords(expected))",
    file: file, line: line)
}

// MARK: - C strings

private func array(_ string: OwnedCString) -> [UInt8] { Array(octets(of: string.start)) }

private func uppercased(_ octets: [UInt8]) -> [UInt8] {
  octets.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
}

private func withCString<Result>(
  _ octets: [UInt8], _ body: (UnsafePointer<CChar>) -> Result
) -> Result {
  (octets + [0]).withUnsafeBytes {
    body($0.baseAddress!.assumingMemoryBound(to: CChar.self))
  }
}

/// Settings as C has them. Each string has memory of its own, which goes after `body`.
private func withCSettings<Result>(
  _ settings: [ReferenceSettings.Setting], _ body: ([xexec_setting]) -> Result
) -> Result {
  func copy(_ octets: [UInt8]) -> UnsafePointer<CChar> {
    withCString(octets) { UnsafePointer(strdup($0)!) }
  }
  let cSettings = settings.map { xexec_setting(key: copy($0.key), value: copy($0.value)) }
  defer {
    for setting in cSettings {
      free(UnsafeMutablePointer(mutating: setting.key))
      free(UnsafeMutablePointer(mutating: setting.value))
    }
  }
  return body(cSettings)
}

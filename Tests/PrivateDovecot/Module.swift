extension PrivateDovecot {
  /// A module of the plugin, whichever way the installed Dovecot has it written.
  ///
  ///     options.modules["data"] = .init("/bin/cat", stdin: "literal")
  ///     options.modules["data"]?.timeout = "1s"
  @dynamicMemberLookup
  public struct Module: Sendable {
    /// Its program and arguments, or a service, as the setting has them. `%{user}`, `%{home}` and
    /// `%{userdb:FIELD}` are known to both versions; see ``LoginName`` for parts of the name.
    ///
    /// `nil` in a user's entry changes options only; `no` takes the module away.
    public var program: String?

    /// What is set for this module alone.
    public var options: ModuleOptions

    /// The number of its key on 2.3, where not its place in the list says that: in a user's entry,
    /// for a module that ``Options/globalText`` brings.
    public var number: Int?

    /// Makes one. What is not given is not set.
    public init(
      _ program: String? = nil, timeout: String? = nil, stdin: String? = nil,
      maxLiteral: String? = nil, progress: String? = nil, stderr: String? = nil, number: Int? = nil
    ) {
      self.program = program
      self.number = number
      options = ModuleOptions(
        timeout: timeout, stdin: stdin, maxLiteral: maxLiteral, progress: progress, stderr: stderr)
    }

    /// An option of the module.
    public subscript(dynamicMember option: WritableKeyPath<ModuleOptions, String?>) -> String? {
      get { options[keyPath: option] }
      set { options[keyPath: option] = newValue }
    }
  }

  /// Options of a module, or of all. `nil` leaves the plugin's default.
  public struct ModuleOptions: Sendable {
    public var timeout: String?
    public var stdin: String?
    public var maxLiteral: String?
    public var progress: String?
    public var stderr: String?

    /// Makes options.
    public init(
      timeout: String? = nil, stdin: String? = nil, maxLiteral: String? = nil,
      progress: String? = nil, stderr: String? = nil
    ) {
      self.timeout = timeout
      self.stdin = stdin
      self.maxLiteral = maxLiteral
      self.progress = progress
      self.stderr = stderr
    }

    /// Those that are set, with the names that both versions have for them.
    var pairs: [(name: String, value: String)] {
      [
        ("timeout", timeout), ("stdin", stdin), ("max_literal", maxLiteral),
        ("progress", progress), ("stderr", stderr),
      ].compactMap { name, value in value.map { (name, $0) } }
    }
  }

  /// Modules by their names, in the order in which they are configured.
  public struct Modules: Sendable, ExpressibleByDictionaryLiteral {
    /// The modules, in order.
    public private(set) var pairs: [(name: String, module: Module)] = []

    /// Makes an empty list.
    public init() {}

    /// Makes a list from a dictionary literal, in the literal's order.
    public init(dictionaryLiteral elements: (String, Module)...) {
      pairs = elements.map { (name: $0.0, module: $0.1) }
    }

    /// A module by its name. A new one comes last; setting one that is there keeps its place.
    public subscript(name: String) -> Module? {
      get { pairs.first { $0.name == name }?.module }
      set {
        let place = pairs.firstIndex { $0.name == name }
        switch (place, newValue) {
        case (let place?, let module?): pairs[place].module = module
        case (let place?, nil): pairs.remove(at: place)
        case (nil, let module?): pairs.append((name: name, module: module))
        case (nil, nil): break
        }
      }
    }
  }

  /// The login name or a part of it, in settings that are expanded for each user.
  public enum LoginName: Sendable {
    case whole, lowercase, localPart, domain

    /// The variable that the installed Dovecot has for it.
    public var variable: String {
      switch self {
      case .whole: "%{user}"
      case .lowercase: DovecotVersion.is24 ? "%{user | lower}" : "%Lu"
      case .localPart: DovecotVersion.is24 ? "%{user | username}" : "%n"
      case .domain: DovecotVersion.is24 ? "%{user | domain}" : "%d"
      }
    }
  }
}

extension PrivateDovecot.Module: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  /// Makes one from its program alone.
  public init(stringLiteral program: String) { self.init(program) }
}

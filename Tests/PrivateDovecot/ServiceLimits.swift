extension PrivateDovecot {
  /// Limits of a Dovecot service; `nil` leaves Dovecot's default.
  public struct ServiceLimits: Sendable {
    /// How many clients one process serves at a time.
    public var clientLimit: Int?
    /// How many clients a process serves before it ends; 0 stands for any number.
    public var serviceCount: Int?
    /// How many processes may run at a time; `nil` stands for 100.
    public var processLimit: Int?
    /// How many processes wait for clients at least.
    public var processMinAvail: Int?
    /// The address space of a process as Dovecot writes sizes, for example `64M`.
    public var vszLimit: String?
    /// The program that Dovecot runs instead of the service's own, with its arguments.
    public var executable: String?

    /// Makes limits; what is not given keeps Dovecot's default.
    public init(
      clientLimit: Int? = nil, serviceCount: Int? = nil, processLimit: Int? = nil,
      processMinAvail: Int? = nil, vszLimit: String? = nil, executable: String? = nil
    ) {
      self.clientLimit = clientLimit
      self.serviceCount = serviceCount
      self.processLimit = processLimit
      self.processMinAvail = processMinAvail
      self.vszLimit = vszLimit
      self.executable = executable
    }
  }
}

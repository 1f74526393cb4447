import Glibc
import PrivateDovecot

/// Raises the number of descriptors that this process, and the Dovecot it starts, may open.
///
/// - Throws: ``KitError`` if the system does not allow as many.
func raiseDescriptorLimit(to needed: Int) throws {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  if limit.rlim_cur >= rlim_t(needed) { return }
  guard limit.rlim_max >= rlim_t(needed) else {
    throw KitError(
      .system,
      "needs \(needed) descriptors and may have \(limit.rlim_max): "
        + "raise the limit (ulimit -Hn), or give a smaller SOAK_CONNECTIONS")
  }
  limit.rlim_cur = rlim_t(needed)
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

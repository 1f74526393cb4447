import Foundation

// Plays a session with the plugin on a private Dovecot; KEEP=1 leaves that running for an hour.
let keep = ProcessInfo.processInfo.environment["KEEP"] ?? ""
exit(Demo(keepsRunning: !["", "0", "no"].contains(keep)).run())

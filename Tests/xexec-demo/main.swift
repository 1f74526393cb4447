import Foundation

// Plays a session with the plugin on a private Dovecot. KEEP=1 leaves that running for an hour; CLUSTER=1
// has two of them, behind a login proxy.
func isSet(_ variable: String) -> Bool {
  !["", "0", "no"].contains(ProcessInfo.processInfo.environment[variable] ?? "")
}
let demo = Demo(keepsRunning: isSet("KEEP"))
exit(isSet("CLUSTER") ? demo.run { try ClusterScene() } : demo.run { try MailServer() })

import Foundation

// Plays a dialogue with the plugin in imap processes under valgrind, and tells what that found.
exit(Memcheck().run())

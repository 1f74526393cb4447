import Foundation
import PrivateDovecot

/// What a demonstration shows, and with what.
protocol Scene {
  /// The servers that have been started for it.
  var dovecots: [PrivateDovecot] { get }
  /// Shows the session.
  func play() throws
  /// Lets the servers run on, and says how to reach them.
  func keep()
  /// Stops the servers, and removes all that they had.
  func stop()
  /// The logs of the servers.
  var logText: String { get }
}

/// The demonstration: starts its servers, plays the session, and leaves nothing unless told to.
struct Demo {
  /// Whether the servers run on after the session.
  let keepsRunning: Bool

  /// Runs it.
  ///
  /// - Parameter start: Starts the servers.
  /// - Returns: The exit status of the program; a message has been printed if it is not 0.
  func run(_ start: () throws -> any Scene) -> Int32 {
    let interruption = Interruption()
    do {
      var started: (any Scene)?
      _ = try interruption.watch {
        let scene = try start()
        started = scene
        return scene.dovecots[0]
      }
      guard let scene = started else { return 1 }
      for dovecot in scene.dovecots.dropFirst() { _ = try interruption.watch { dovecot } }
      do {
        try scene.play()
      } catch {
        let log = scene.logText
        interruption.letGo { scene.stop() }
        throw KitError(.system, "\(error)\nThe servers' log:\n\(log)")
      }
      interruption.letGo {
        if keepsRunning {
          scene.keep()
        } else {
          scene.stop()
        }
      }
      return 0
    } catch {
      try? FileHandle.standardError.write(contentsOf: Data("xexec-demo: \(error)\n".utf8))
      return 1
    }
  }
}

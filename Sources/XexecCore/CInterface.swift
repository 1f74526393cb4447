import CXexec

// The functions that xexec_core.h declares and describes. They only translate: objects to pointers
// and back.

private func retain<Object: AnyObject>(_ object: Object) -> OpaquePointer {
  OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

private func modules(_ pointer: OpaquePointer) -> Unmanaged<ModuleTable> {
  Unmanaged.fromOpaque(UnsafeRawPointer(pointer))
}

private func command(_ pointer: OpaquePointer) -> Unmanaged<ClientCommand> {
  Unmanaged.fromOpaque(UnsafeRawPointer(pointer))
}

private func teardown(_ pointer: OpaquePointer) -> Unmanaged<Teardown> {
  Unmanaged.fromOpaque(UnsafeRawPointer(pointer))
}

private func octets(_ data: UnsafeRawPointer?, _ size: Int) -> UnsafeBufferPointer<UInt8> {
  UnsafeBufferPointer(start: data?.assumingMemoryBound(to: UInt8.self), count: size)
}

// MARK: - Settings

@_cdecl("xexec_core_modules_new")
public func coreModulesNew(
  _ settings: UnsafePointer<xexec_setting>?, _ count: Int,
  _ host: UnsafePointer<xexec_settings_host>
) -> OpaquePointer {
  retain(
    NumberedSettings.table(
      UnsafeBufferPointer(start: settings, count: count), host: host.pointee))
}

@_cdecl("xexec_core_modules_new_from_blocks")
public func coreModulesNewFromBlocks(
  _ blocks: UnsafePointer<xexec_block>?, _ count: Int,
  _ host: UnsafePointer<xexec_settings_host>
) -> OpaquePointer {
  retain(
    ModuleBlocks.table(UnsafeBufferPointer(start: blocks, count: count), host: host.pointee))
}

@_cdecl("xexec_core_modules_free")
public func coreModulesFree(_ pointer: OpaquePointer) {
  modules(pointer).release()
}

@_cdecl("xexec_core_capabilities_count")
public func coreCapabilitiesCount(_ pointer: OpaquePointer) -> Int {
  modules(pointer).takeUnretainedValue().capabilities.count
}

@_cdecl("xexec_core_capability")
public func coreCapability(_ pointer: OpaquePointer, _ index: Int) -> UnsafePointer<CChar> {
  modules(pointer).takeUnretainedValue().capabilities[index].start
}

@_cdecl("xexec_core_modules_take_literal")
public func coreModulesTakeLiteral(
  _ pointer: OpaquePointer, _ name: UnsafePointer<CChar>?
) -> Bool {
  guard let name else { return false }
  let module = modules(pointer).takeUnretainedValue().module(named: name)
  return module?.options.stdin == .literal
}

// MARK: - Runs

@_cdecl("xexec_core_run_start")
public func coreRunStart(
  _ pointer: OpaquePointer, _ request: UnsafePointer<xexec_request>,
  _ host: UnsafePointer<xexec_run_host>
) -> OpaquePointer {
  retain(
    ClientCommand(
      request.pointee, in: modules(pointer).takeUnretainedValue(), host: host.pointee))
}

@_cdecl("xexec_core_run_looked_up")
public func coreRunLookedUp(
  _ pointer: OpaquePointer, _ addresses: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int,
  _ error: UnsafePointer<CChar>?
) {
  command(pointer).takeUnretainedValue().lookedUp(
    UnsafeBufferPointer(start: addresses, count: count), error: error)
}

@_cdecl("xexec_core_run_step")
public func coreRunStep(
  _ pointer: OpaquePointer, _ events: UInt32, _ hasRoom: Bool, _ send: xexec_send_t,
  _ context: UnsafeMutableRawPointer?
) {
  command(pointer).takeUnretainedValue().step(events: events, hasRoom: hasRoom) { responses in
    send(context, responses.baseAddress, responses.count)
  }
}

@_cdecl("xexec_core_run_reaped")
public func coreRunReaped(_ pointer: OpaquePointer, _ waitStatus: Int32) {
  command(pointer).takeUnretainedValue().reaped(waitStatus: waitStatus)
}

@_cdecl("xexec_core_run_watch")
public func coreRunWatch(_ pointer: OpaquePointer, _ watch: UnsafeMutablePointer<xexec_watch>) {
  watch.pointee = command(pointer).takeUnretainedValue().watch()
}

@_cdecl("xexec_core_run_client_sent")
public func coreRunClientSent(
  _ pointer: OpaquePointer, _ data: UnsafeRawPointer?, _ size: Int
) -> Int {
  command(pointer).takeUnretainedValue().clientSent(octets(data, size))
}

@_cdecl("xexec_core_run_client_sent_too_much")
public func coreRunClientSentTooMuch(_ pointer: OpaquePointer) -> Bool {
  command(pointer).takeUnretainedValue().clientSentTooMuch()
}

@_cdecl("xexec_core_run_client_ended")
public func coreRunClientEnded(_ pointer: OpaquePointer) -> Bool {
  command(pointer).takeUnretainedValue().clientEnded()
}

@_cdecl("xexec_core_run_look_at_client")
public func coreRunLookAtClient(_ pointer: OpaquePointer) -> xexec_hangup {
  command(pointer).takeUnretainedValue().look()
}

@_cdecl("xexec_core_run_finish")
public func coreRunFinish(_ pointer: OpaquePointer, _ outcome: UnsafeMutablePointer<xexec_outcome>)
{
  outcome.pointee = command(pointer).takeUnretainedValue().finish()
}

@_cdecl("xexec_core_run_cancel")
public func coreRunCancel(_ pointer: OpaquePointer, _ outcome: UnsafeMutablePointer<xexec_outcome>)
{
  outcome.pointee = command(pointer).takeUnretainedValue().cancel()
}

@_cdecl("xexec_core_run_free")
public func coreRunFree(_ pointer: OpaquePointer) {
  command(pointer).release()
}

// MARK: - Teardowns

@_cdecl("xexec_core_teardown_step")
public func coreTeardownStep(_ pointer: OpaquePointer) -> Int32 {
  let group = teardown(pointer)
  if let pause = group.takeUnretainedValue().step(now: Clock.now()) { return Int32(pause) }
  group.release()
  return -1
}

@_cdecl("xexec_core_teardown_wait")
public func coreTeardownWait(_ pointer: OpaquePointer) {
  let group = teardown(pointer)
  group.takeUnretainedValue().wait()
  group.release()
}

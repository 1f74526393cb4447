import CXexec

// The functions that xexec_core.h declares and describes. They only translate: objects to pointers
// and back. Pointers that are never NULL have a "!": their types are then what Swift makes of the
// header, and its version 6.0 insists on that where it sees both, as the unit tests do.

private func retain<Object: AnyObject>(_ object: Object) -> OpaquePointer {
  OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

private func modules(_ pointer: OpaquePointer) -> Unmanaged<ModuleTable> {
  Unmanaged.fromOpaque(UnsafeRawPointer(pointer))
}

private func command(_ pointer: OpaquePointer) -> Unmanaged<ClientCommand> {
  Unmanaged.fromOpaque(UnsafeRawPointer(pointer))
}

private func programs(_ pointer: OpaquePointer) -> Unmanaged<Programs> {
  Unmanaged.fromOpaque(UnsafeRawPointer(pointer))
}

private func octets(_ data: UnsafeRawPointer?, _ size: Int) -> UnsafeBufferPointer<UInt8> {
  UnsafeBufferPointer(start: data?.assumingMemoryBound(to: UInt8.self), count: size)
}

// MARK: - Settings

@_cdecl("xexec_core_modules_new")
public func coreModulesNew(
  _ settings: UnsafePointer<xexec_setting>?, _ count: Int,
  _ host: UnsafePointer<xexec_settings_host>!
) -> OpaquePointer! {
  retain(
    NumberedSettings.table(
      UnsafeBufferPointer(start: settings, count: count), host: host.pointee))
}

@_cdecl("xexec_core_modules_new_from_blocks")
public func coreModulesNewFromBlocks(
  _ blocks: UnsafePointer<xexec_block>?, _ count: Int,
  _ host: UnsafePointer<xexec_settings_host>!
) -> OpaquePointer! {
  retain(
    ModuleBlocks.table(UnsafeBufferPointer(start: blocks, count: count), host: host.pointee))
}

@_cdecl("xexec_core_modules_free")
public func coreModulesFree(_ pointer: OpaquePointer!) {
  modules(pointer).release()
}

@_cdecl("xexec_core_capabilities_count")
public func coreCapabilitiesCount(_ pointer: OpaquePointer!) -> Int {
  modules(pointer).takeUnretainedValue().capabilities.count
}

@_cdecl("xexec_core_capability")
public func coreCapability(_ pointer: OpaquePointer!, _ index: Int) -> UnsafePointer<CChar>! {
  modules(pointer).takeUnretainedValue().capabilities[index].start
}

@_cdecl("xexec_core_modules_take_literal")
public func coreModulesTakeLiteral(
  _ pointer: OpaquePointer!, _ first: UnsafePointer<xexec_arg>!
) -> Bool {
  modules(pointer).takeUnretainedValue().takesLiteral(first.pointee)
}

// MARK: - Programs

@_cdecl("xexec_core_programs_new")
public func coreProgramsNew(
  _ freeSeat: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> OpaquePointer! {
  retain(Programs(freeSeat: freeSeat))
}

@_cdecl("xexec_core_programs_look_after")
public func coreProgramsLookAfter(_ pointer: OpaquePointer!) -> Int32 {
  Int32(clamping: programs(pointer).takeUnretainedValue().lookAfter(now: Clock.now()) ?? -1)
}

@_cdecl("xexec_core_programs_end")
public func coreProgramsEnd(_ pointer: OpaquePointer!) {
  programs(pointer).takeUnretainedValue().end()
}

@_cdecl("xexec_core_programs_free")
public func coreProgramsFree(_ pointer: OpaquePointer!) {
  programs(pointer).release()
}

// MARK: - Runs

@_cdecl("xexec_core_run_start")
public func coreRunStart(
  _ programsPointer: OpaquePointer!, _ modulesPointer: OpaquePointer!,
  _ request: UnsafePointer<xexec_request>!, _ host: UnsafePointer<xexec_run_host>!
) -> OpaquePointer! {
  retain(
    ClientCommand(
      request.pointee, in: modules(modulesPointer).takeUnretainedValue(),
      of: programs(programsPointer).takeUnretainedValue(), host: host.pointee))
}

@_cdecl("xexec_core_run_looked_up")
public func coreRunLookedUp(
  _ pointer: OpaquePointer!, _ addresses: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int,
  _ error: UnsafePointer<CChar>?
) {
  command(pointer).takeUnretainedValue().lookedUp(
    UnsafeBufferPointer(start: addresses, count: count), error: error)
}

@_cdecl("xexec_core_run_step")
public func coreRunStep(_ pointer: OpaquePointer!, _ waiting: Int) {
  command(pointer).takeUnretainedValue().step(waiting: waiting)
}

@_cdecl("xexec_core_run_reaped")
public func coreRunReaped(_ pointer: OpaquePointer!, _ waitStatus: Int32) {
  command(pointer).takeUnretainedValue().reaped(waitStatus: waitStatus)
}

@_cdecl("xexec_core_run_watch")
public func coreRunWatch(
  _ pointer: OpaquePointer!, _ waiting: Int, _ watch: UnsafeMutablePointer<xexec_watch>!
) {
  watch.pointee = command(pointer).takeUnretainedValue().watch(waiting: waiting)
}

@_cdecl("xexec_core_run_client_sent")
public func coreRunClientSent(
  _ pointer: OpaquePointer!, _ data: UnsafeRawPointer?, _ size: Int
) -> Int {
  command(pointer).takeUnretainedValue().clientSent(octets(data, size))
}

@_cdecl("xexec_core_run_client_sent_too_much")
public func coreRunClientSentTooMuch(_ pointer: OpaquePointer!) -> Bool {
  command(pointer).takeUnretainedValue().clientSentTooMuch()
}

@_cdecl("xexec_core_run_client_ended")
public func coreRunClientEnded(_ pointer: OpaquePointer!) -> Bool {
  command(pointer).takeUnretainedValue().clientEnded()
}

@_cdecl("xexec_core_run_finish")
public func coreRunFinish(
  _ pointer: OpaquePointer!, _ outcome: UnsafeMutablePointer<xexec_outcome>!
) {
  outcome.pointee = command(pointer).takeUnretainedValue().finish()
}

@_cdecl("xexec_core_run_cancel")
public func coreRunCancel(_ pointer: OpaquePointer!) {
  command(pointer).takeUnretainedValue().cancel()
}

@_cdecl("xexec_core_run_free")
public func coreRunFree(_ pointer: OpaquePointer!) {
  let command = command(pointer)
  command.takeUnretainedValue().close()
  command.release()
}

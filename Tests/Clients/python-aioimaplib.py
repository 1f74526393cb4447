"""aioimaplib, for programs with asyncio (Home Assistant among them)."""

import asyncio
import importlib.metadata

import harness

try:
    import aioimaplib
    from aioimaplib import aioimaplib as library
except ImportError as error:
    harness.missing(error)

library.Commands["XEXEC"] = library.Cmd("XEXEC", (library.SELECTED,), library.Exec.is_sync)
loop = asyncio.new_event_loop()
# What is raised while the library reads goes to the loop, and the command waits for ever.
faults = []
loop.set_exception_handler(lambda _, context: faults.append(context.get("exception") or context["message"]))


def wait(what):
    try:
        return loop.run_until_complete(asyncio.wait_for(what, harness.TIMEOUT - 0.5))
    except asyncio.TimeoutError:
        raise harness.Harm(f"hung; {faults}" if faults else "hung") from None


class Client:
    def __init__(self, port, user, password):
        faults.clear()
        self.imap = self.selected = None
        wait(self.connect(port, user, password))

    async def connect(self, port, user, password):
        self.imap = aioimaplib.IMAP4("127.0.0.1", port, timeout=harness.TIMEOUT)
        await self.imap.wait_hello_from_server()
        await self.imap.login(user, password)
        await self.imap.select("INBOX")

    def xexec(self, module, number):
        return wait(self.command(module, number)).result == "OK"

    async def command(self, module, number):
        protocol = self.imap.protocol
        tag = protocol.new_tag()
        command = Prompted(protocol) if module == "prompt" else library.Command
        return await protocol.execute(command("XEXEC", tag, module, number, tag, loop=loop))

    def noop(self):
        if wait(self.imap.noop()).result != "OK":
            raise harness.Harm("NOOP was not OK")

    def status(self):
        return wait(self.imap.status("INBOX", "(MESSAGES UIDNEXT UIDVALIDITY)")).lines[0], wait(self.imap.search("ALL")).lines[0]

    def state(self):
        protocol = self.imap.protocol
        return {
            "state": protocol.state,
            "capabilities": protocol.capabilities,
            "pending": [protocol.pending_sync_command, protocol.pending_async_commands],
            "half a line": protocol.incomplete_line,
            "faults": list(faults),
        }

    def abandon(self):
        self.imap.protocol.transport.abort()
        loop.run_until_complete(asyncio.sleep(0))


def Prompted(protocol):
    """A command that answers the continuation requests, which the library counts among its lines."""

    class Command(library.Command):
        def append_to_resp(self, line, result="Pending"):
            super().append_to_resp(line, result)
            if line.startswith(b"+"):
                protocol.send("yes")

    return Command


harness.run("aioimaplib", importlib.metadata.version("aioimaplib"), Client)

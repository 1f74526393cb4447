"""Python's own imaplib."""

import imaplib
import platform

import harness


class Client:
    def __init__(self, port, user, password):
        self.imap = imaplib.IMAP4("127.0.0.1", port)
        self.imap.login(user, password)
        self.imap.select()

    def xexec(self, module, number):
        # The library answers a prompt where it finds a method in place of a literal, as authenticate() does.
        self.imap.literal = self.answer if module == "prompt" else None
        tag = f"{self.imap.tagpre.decode()}{self.imap.tagnum}"
        status, _ = self.imap.xatom("XEXEC", module, number, tag)
        return status == "OK"

    def answer(self, prompt):
        return b"yes"

    def noop(self):
        self.imap.noop()

    def status(self):
        return self.imap.status("INBOX", "(MESSAGES UIDNEXT UIDVALIDITY)")

    def state(self):
        # What untagged responses have told, and stays until somebody asks for it.
        return harness.told(self.imap.untagged_responses.items()) | {
            "state": self.imap.state,
            "read-only": self.imap.is_readonly,
            "capabilities": self.imap.capabilities,
        }

    def abandon(self):
        self.imap.shutdown()


harness.run("imaplib", platform.python_version(), Client)

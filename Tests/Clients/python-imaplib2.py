"""imaplib2, with a thread for each direction: OfflineIMAP's."""

import socket

import harness

try:
    import imaplib2
except ImportError as error:
    harness.missing(error)


class Client:
    def __init__(self, port, user, password):
        self.imap = imaplib2.IMAP4("127.0.0.1", port)
        self.imap.login(user, password)
        self.imap.select()

    def xexec(self, module, number):
        if module == "prompt":
            raise harness.NotApplicable("any response before a continuation request is a refusal to it")
        tag = f"{self.imap.tagpre.decode()}{self.imap.tagnum}"
        status, _ = self.imap.xatom("XEXEC", module, number, tag)
        return status == "OK"

    def noop(self):
        self.imap.noop()

    def status(self):
        return self.imap.status("INBOX", "(MESSAGES UIDNEXT UIDVALIDITY)"), self.imap.search(None, "ALL")

    def state(self):
        return harness.told(self.imap.untagged_responses) | {
            "state": self.imap.state,
            "read-only": self.imap.is_readonly,
            "capabilities": self.imap.capabilities,
        }

    def abandon(self):
        self.imap.sock.shutdown(socket.SHUT_RDWR)


harness.run("imaplib2", imaplib2.__version__, Client)

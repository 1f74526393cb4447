"""IMAPClient, which mail programs in Python are built on."""

import harness

try:
    import imapclient
except ImportError as error:
    harness.missing(error)


class Client:
    def __init__(self, port, user, password):
        self.imap = imapclient.IMAPClient("127.0.0.1", port, ssl=False)
        self.imap.login(user, password)
        self.selected = self.imap.select_folder("INBOX")

    def xexec(self, module, number):
        imap = self.imap._imap
        # It hands commands on to imaplib, see there.
        imap.literal = self.answer if module == "prompt" else None
        tag = f"{imap.tagpre.decode()}{imap.tagnum}"
        self.imap._command_and_check("xatom", "XEXEC", module, number, tag)
        return True

    def answer(self, prompt):
        return b"yes"

    def noop(self):
        answer, untagged = self.imap.noop()
        if not answer.startswith(b"NOOP completed"):
            raise harness.Harm(f"NOOP: {answer} {untagged}")

    def status(self):
        return self.imap.folder_status("INBOX", ["MESSAGES", "UIDNEXT", "UIDVALIDITY"]), self.imap.search()

    def state(self):
        return harness.told(self.imap._imap.untagged_responses.items()) | {
            "capabilities": self.imap.capabilities(),
            "read-only": self.imap._imap.is_readonly,
        }

    def abandon(self):
        self.imap.shutdown()


harness.run("IMAPClient", imapclient.__version__, Client)

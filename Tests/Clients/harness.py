"""What the clients in Python share: the loop over the cases, and the verdict."""

import os
import signal
import sys

TIMEOUT = float(os.environ.get("CLIENT_TIMEOUT", 5))


class NotApplicable(Exception):
    """The library has no way to do this."""


class Harm(Exception):
    """The library came to harm without saying so itself."""


def missing(error):
    print(error, file=sys.stderr)
    sys.exit(77)


# What a library notes of a program's words, and not of the mailbox.
WORDS = """OK NO ALERT NOPERM CANNOT LIMIT OVERQUOTA ALREADYEXISTS NONEXISTENT INUSE CONTACTADMIN XEXEC
    INPROGRESS""".split()


def told(responses):
    """The responses, by name, that tell of the mailbox."""
    return {name: data for name, data in responses if name not in WORDS}


def changes(before, after):
    keys = sorted(set(before) | set(after))
    return ", ".join(
        f"{key}: {before.get(key)} -> {after.get(key)}" for key in keys if before.get(key) != after.get(key)
    )


def check(client, module, number):
    if not client.xexec(module, number):
        raise Harm("the command was not OK")
    client.noop()
    status = client.status()
    if status != client.expected_status:
        raise Harm(f"STATUS: {client.expected_status} -> {status}")
    changed = changes(client.expected_state, client.state())
    if changed:
        raise Harm(f"changed: {changed}")


def start(connect, arguments):
    client = connect(*arguments)
    client.expected_status = client.status()
    client.expected_state = client.state()
    return client


def run(name, version, connect):
    """Runs all cases. `connect(port, user, password)` returns a client with INBOX selected."""

    def give_up(*_):
        raise TimeoutError(f"hung for {TIMEOUT:g} s")

    signal.signal(signal.SIGALRM, give_up)
    port, user, password, cases = sys.argv[1:]
    print("client", name, version, flush=True)
    client = None
    with open(cases) as lines:
        for number, module in (line.split() for line in lines):
            try:
                signal.setitimer(signal.ITIMER_REAL, TIMEOUT)
                client = client or start(connect, (int(port), user, password))
                check(client, module, number)
                verdict = "ok"
            except NotApplicable as reason:
                verdict = f"n/a {reason}"
            except Exception as error:
                what = error if isinstance(error, Harm) else f"{type(error).__name__}: {error}"
                verdict = "harm " + " ".join(str(what).split())[:300]
                abandon(client)
                client = None
            print(number, verdict, flush=True)
    signal.setitimer(signal.ITIMER_REAL, 0)
    # Without ceremony: a library's threads need not end of themselves.
    os._exit(0)


def abandon(client):
    try:
        signal.setitimer(signal.ITIMER_REAL, 1)
        client.abandon()
    except Exception:
        pass

"""`python -m canary.deadman` watches over the releases until it is told to stop."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from canary.adapters import logs
from canary.adapters.http import check, serve
from canary.deadman import account
from canary.deadman.figures import Figures
from canary.deadman.patience import Patience
from canary.deadman.watch import Watch
from canary.ports import SerinError

LOG = logging.getLogger("canary.deadman")


def main() -> int:
    """Look at regular times; what goes wrong is told, and tried again."""
    asked = _asked()
    logs.configure()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    patience, kube = Patience(asked.ttl), account.connect(asked.server, asked.account)
    watch = Watch(kube, asked.namespace, patience)
    begun, figures = [time.monotonic()], Figures(asked.ttl)
    alive = check(lambda: time.monotonic() - begun[0] < asked.ttl)
    server = serve(asked.port, {"/healthz": alive, "/metrics": figures.page})
    LOG.info("takes users off a canary that was not looked after for %g s", asked.ttl)
    while not stop.is_set():
        begun[0] = time.monotonic()
        try:
            watch.look(begun[0])
            figures.looked()
        except (SerinError, OSError) as error:
            LOG.warning("%s", error)
        stop.wait(patience.pause)
    server.shutdown()
    return 0


def _asked() -> argparse.Namespace:
    """What flags say, or the environment. No click here: it would cost memory for a screen nobody reads."""
    words = argparse.ArgumentParser(prog="python -m canary.deadman", description=__doc__)
    option = words.add_argument
    option("--ttl", type=_seconds, default=_said("TTL", "60"), help="Seconds without a completed loop.")
    option("--namespace", default=_said("NAMESPACE", ""), help="One namespace only; all when empty.")
    given = account.server(os.environ)
    option(
        "--server", default=given or None, required=not given, help="The API server; in a pod it is known."
    )
    option("--account", type=Path, default=account.FOLDER, help="Folder with `token` and `ca.crt`.")
    option("--port", type=int, default=8081, help="Answers /healthz and /metrics.")
    return words.parse_args()


def _said(name: str, otherwise: str) -> str:
    return os.environ.get(f"SERIN_DEADMAN_{name}", otherwise)


def _seconds(text: str) -> float:
    """At least twice the failover, or a change of leaders would cost releases."""
    seconds = float(text)
    if not 30 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("must be 30 to 3600: a change of leaders alone may take 15 s")
    return seconds


if __name__ == "__main__":
    sys.exit(main())

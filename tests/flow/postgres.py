"""A PostgreSQL of Debian's package for the length of the tests: own folder, own socket, no port."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from devcluster import packages

SERVER = {"postgresql": "/usr/lib/postgresql/*/bin/initdb"}
OWNER = "postgres"


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Start it; gives the folder of its socket, which is the host to connect to."""
    packages.ensure(SERVER)
    programs = max(Path("/usr/lib/postgresql").glob("*/bin/initdb")).parent
    # The socket's path has a bounded length, which pytest's folders can pass.
    folder = Path(tempfile.mkdtemp(prefix="serin-pg-"))
    user = _user(folder)
    try:
        initdb = [programs / "initdb", "-D", folder / "data", "-U", "serin", "--auth=trust"]
        subprocess.run(
            [*initdb, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            user=user, check=True, stdout=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        with (folder / "log").open("w") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=",
                 "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off",
                 "-c", "max_connections=50"],
                user=user, stdout=log, stderr=log, cwd=folder,
            )  # fmt: skip
        try:
            _wait(folder, server)
            yield str(folder)
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing is to be kept
            server.wait(30)
    finally:
        shutil.rmtree(folder)


def url(folder: str, name: str) -> str:
    return f"postgresql+psycopg://serin@/{name}?host={folder}"


def create(folder: str, name: str, template: str = "template1") -> str:
    with psycopg.connect(host=folder, user="serin", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return url(folder, name)


def _user(folder: Path) -> str | None:
    """PostgreSQL does not run as root: then it runs as the user that its package makes."""
    if os.geteuid() != 0:
        return None
    os.chown(folder, pwd.getpwnam(OWNER).pw_uid, -1)
    return OWNER


def _wait(folder: Path, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(host=str(folder), user="serin", dbname="postgres").close()
        except psycopg.OperationalError:
            assert server.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        else:
            return

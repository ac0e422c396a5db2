"""The real cluster, as the tests speak to it: kubectl, helm, the command line, user traffic, weights seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
ENTRY = os.environ.get("ENTRY_URL", "http://127.0.0.1:8080")
PRODUCTION = ROOT / "helm" / "forecast" / "values-production.yaml"


def wait_for(what: str, look: Callable[[], T], seconds: float, pause: float = 1.0) -> T:
    """Look until the answer is truthy; fail with the last answer after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not seen within {seconds:.0f} s; last look: {seen!r}")
        time.sleep(pause)


@dataclass(frozen=True)
class Tools:
    """Paths of the client tools and the images under test."""

    kubectl: str
    helm: str
    environment: dict[str, str]
    images: dict[str, str]

    def run(self, *command: str, stdin: str | None = None, check: bool = True) -> str:
        done = subprocess.run(  # noqa: PLW1510 - the failure is told with what the tool said
            command, input=stdin, capture_output=True, text=True, env=self.environment, timeout=180
        )
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr or done.stdout}")
        return done.stdout if not done.returncode else done.stdout + done.stderr


@dataclass
class Lab:
    """One release of the forecast chart in a namespace of its own, with its own host name."""

    tools: Tools
    namespace: str
    name: str = "forecast"
    settings: dict[str, str] = field(default_factory=dict)
    route = "ingress"

    @property
    def host(self) -> str:
        return f"{self.namespace}.serin.test"

    # --- talking to the cluster ---------------------------------------------------------------

    def kubectl(self, *words: str, stdin: str | None = None, check: bool = True) -> str:
        return self.tools.run(self.tools.kubectl, "-n", self.namespace, *words, stdin=stdin, check=check)

    def get(self, kind: str, name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.kubectl("get", kind, name, "-o", "json"))
        return loaded

    def helm(self, *words: str, check: bool = True) -> str:
        return self.tools.run(self.tools.helm, "-n", self.namespace, *words, check=check)

    def upgrade(self, **values: str) -> None:
        """`helm upgrade --install` with the chart's production values, this lab's settings and `values`.

        Dots in names are written as two underscores: `model__version="v1"`.
        """
        repository, tag = self.tools.images["service"].rsplit(":", 1)
        words = ["upgrade", "--install", self.name, str(ROOT / "helm" / "forecast"), "-f", str(PRODUCTION)]
        chosen = {
            "image.repository": repository,
            "image.tag": tag,
            "ingress.host": self.host,
            "replicas": "1",
            # A busy laptop is no bad release: what is slow is tested with delays far beyond this.
            "canary.rules.latency.within": "1s",
            **self.settings,
            **{key.replace("__", "."): value for key, value in values.items()},
        }
        for key, value in chosen.items():
            words += [_flag(key, value), f"{key}={value}"]
        self.helm(*words)

    def canary(self, *words: str, code: int = 0) -> str:
        """Run the command line and insist on its exit code; returns stdout."""
        command = [str(Path(sys.executable).parent / "canary"), words[0], "-n", self.namespace, *words[1:]]
        done = subprocess.run(  # noqa: PLW1510 - exit codes are what is tested
            command, capture_output=True, text=True, env=self.tools.environment, timeout=300
        )
        told = f"canary {' '.join(words)}: exit {done.returncode}: {done.stdout}{done.stderr}"
        assert done.returncode == code, told
        assert "Traceback" not in done.stderr, told
        return done.stdout

    # --- looking --------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("canaryrelease", self.name).get("status", {})
        return found

    def phase(self) -> str:
        return str(self.status().get("phase", ""))

    def weight(self) -> int | None:
        """The weight on the route itself; None while there is none."""
        listed = json.loads(self.kubectl("get", self.route, "-o", "json"))["items"]
        return next((seen for each in listed if (seen := self.carried(each)) is not None), None)

    def carried(self, route: dict[str, Any]) -> int | None:
        """The weight that an object of our kind of route carries; None when it is no canary route of ours."""
        if route["metadata"]["name"] != f"{self.name}-canary":
            return None
        return int(route["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary-weight"])

    def until(self, *phases: str, seconds: float = 120) -> dict[str, Any]:
        """Wait for one of the phases; returns the status seen then."""

        def look() -> dict[str, Any] | None:
            seen = self.status()
            return seen if seen.get("phase") in phases else None

        try:
            return wait_for(f"{self.namespace}/{self.name} in {' or '.join(phases)}", look, seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}; status: {json.dumps(self.status())[:3000]}") from late

    def until_weight(self, weight: int, seconds: float = 90) -> None:
        wait_for(f"weight {weight} on the {self.route}", lambda: self.weight() == weight, seconds)

    def healthy(self, **values: str) -> str:
        """Install and wait until the first revision serves; returns its name."""
        self.upgrade(**values)
        return str(self.until("Healthy")["stableRevision"])


def _flag(key: str, value: str) -> str:
    """A tag of digits stays text; structures are JSON."""
    if key == "image.tag":
        return "--set-string"
    return "--set-json" if value[:1] in "[{" else "--set"


class Traffic:
    """Steady user traffic from a process of its own; every request is in its log."""

    def __init__(self, lab: Lab, log: Path, rate: int, seconds: int = 600) -> None:
        self.log = log
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "loadtest.steady", "--url", ENTRY, "--host-header", lab.host,
                "--rate", str(rate), "--seconds", str(seconds), "--log", str(log),
            ],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def requests(self) -> list[dict[str, Any]]:
        if not self.log.exists():
            return []
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def stop(self) -> list[dict[str, Any]]:
        """End the traffic and return every request."""
        if self._process.returncode is not None:
            return self.requests()
        self._process.terminate()
        _, told = self._process.communicate(timeout=30)
        assert self._process.returncode in (0, -15, 143), told
        return self.requests()


class WeightWatch:
    """Every weight that the route ever carried, in order, with the time it was seen."""

    def __init__(self, lab: Lab) -> None:
        self.seen: list[tuple[float, int]] = []
        self._lab = lab
        self._process = subprocess.Popen(
            [
                lab.tools.kubectl, "-n", lab.namespace, "get", lab.route, "--watch", "--output-watch-events",
                "-o", "json",
            ],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=lab.tools.environment,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._follow, daemon=True)
        self._reader.start()

    def _follow(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._note(json.loads(line)["object"])

    def _note(self, route: dict[str, Any]) -> None:
        said = self._lab.carried(route)
        if said is not None and (not self.seen or self.seen[-1][1] != said):
            self.seen.append((time.time(), said))

    @property
    def weights(self) -> list[int]:
        return [weight for _, weight in self.seen]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        self._reader.join(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()

"""A closed loop: as many requests as wrk gets answered over a few connections, one at a time on each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from delivery.errors import StepError
from devcluster import packages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CONNECTIONS = 8
_SCRIPT = """\
local requests = {%s}
local at = 0
function request()
  at = at %% #requests + 1
  return requests[at]
end
function done(summary, latency)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  local shape = '"requests": %%d, "microseconds": %%d, "bad": %%d, "broken": %%d, "p50": %%f, "p99": %%f'
  io.write('\\nwrk {', string.format(shape, summary.requests, summary.duration, errors.status, broken,
    latency:percentile(50), latency:percentile(99)), '}\\n')
end
"""


@dataclass(frozen=True, slots=True)
class Closed:
    """What wrk saw: answers a second, and milliseconds at two percentiles."""

    rate: float
    p50_ms: float
    p99_ms: float


def script(requests: Sequence[bytes]) -> str:
    """What wrk runs: these requests in turn. Their bytes are ASCII, whose JSON is also a string of Lua."""
    return _SCRIPT % ",\n".join(json.dumps(each.decode("ascii")) for each in requests)


def figures(output: str) -> Closed:
    """Read wrk's last word. Raises StepError when answers failed, or when there is none."""
    told = [line[4:] for line in output.splitlines() if line.startswith("wrk {")]
    if not told:
        raise StepError(f"wrk: it ended without figures: {output.strip()[-300:]}")
    seen = json.loads(told[-1])
    if seen["bad"] or seen["broken"] or not seen["requests"]:
        raise StepError(
            f"wrk: of {seen['requests']} requests {seen['bad']} got an error and {seen['broken']} no answer"
        )
    rate = seen["requests"] / seen["microseconds"] * 1e6
    return Closed(round(rate, 1), round(seen["p50"] / 1000, 3), round(seen["p99"] / 1000, 3))


def ensure() -> None:
    """Install wrk where it is missing."""
    packages.ensure({"wrk": "wrk"})


def command(port: int, lua: Path, seconds: int) -> tuple[str, ...]:
    """What asks the server on `port` what `lua` says, for `seconds`."""
    load = ("wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s")
    return (*load, "--script", str(lua), f"http://127.0.0.1:{port}")

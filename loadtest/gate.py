"""The staging gate: Locust's load, judged against limits. The exit code is the verdict.

    python -m loadtest.gate --host-header staging.forecast.serin.test --out build/loadtest/report.json

0 every limit kept, 1 a limit broken (named with its figure), 2 usage, 5 target unreachable.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from loadtest import plan as plans
from loadtest.catalogue import Target, UnreachableError, fetch
from loadtest.plan import Plan, Stage
from loadtest.report import write
from loadtest.verdict import Figures, judge

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
# Locust itself needs a few seconds to start and to let the last users finish.
GRACE_SECONDS = 60


class LoadError(Exception):
    """The load could not be made; nothing was measured."""


def measure(target: Target, plan: Plan) -> Figures:
    """Run Locust through the plan. Raises LoadError when it ends without figures or does not end."""
    with tempfile.TemporaryDirectory(prefix="loadtest-") as folder:
        figures = Path(folder) / "figures.json"
        environment = {
            "LOADTEST_PLAN": plan.dump(),
            "LOADTEST_URL": target.url,
            "LOADTEST_HOST_HEADER": target.host,
            "LOADTEST_FIGURES": str(figures),
        }
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]
        options = ["--loglevel", "WARNING", "--stop-timeout", "6", "--exit-code-on-error", "0"]
        try:
            done = subprocess.run(
                [*command, *options],
                env=os.environ | environment,
                stdout=subprocess.DEVNULL,
                timeout=plan.seconds + GRACE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise LoadError(
                f"locust: {plan.seconds:g} s of load: still running after {error.timeout:g} s"
            ) from error
        if not figures.exists():
            raise LoadError(
                f"locust: {plan.seconds:g} s of load: ended with code {done.returncode} and no figures"
            )
        return Figures(**json.loads(figures.read_text(encoding="utf-8")))


def main(argv: list[str] | None = None) -> int:
    """Run the command line; the return value is the exit code."""
    given = _arguments(sys.argv[1:] if argv is None else argv)
    began = time.monotonic()
    try:
        fetch(given.target, given.patience)
        figures = measure(given.target, given.plan)
    except UnreachableError as error:
        print(f"gate: {error}", file=sys.stderr)
        return 5
    except LoadError as error:
        print(f"gate: {error}", file=sys.stderr)
        return 1
    findings = judge(figures, given.plan.limits)
    write(given.out, time.monotonic() - began, figures, findings)
    for finding in findings:
        print(f"gate: {finding.sentence}")
    passed = all(finding.met for finding in findings)
    print(
        f"gate: {'passed' if passed else 'FAILED'}: {figures.requests} requests measured: report {given.out}"
    )
    return 0 if passed else 1


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m loadtest.gate", description="Load, judged against limits."
    )
    parser.add_argument("--host", default="http://127.0.0.1:8080", help="the entrance (default: %(default)s)")
    parser.add_argument("--host-header", default="staging.forecast.serin.test", help="default: %(default)s")
    parser.add_argument(
        "--values", type=Path, default=plans.DEFAULTS, help="shape and limits (default: %(default)s)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("build/loadtest/report.json"), help="default: %(default)s"
    )
    parser.add_argument("--users", type=int, help="measure this many users instead of the values' stages")
    parser.add_argument("--seconds", type=float, help="measure for this long instead of the values' stages")
    for limit, unit in (("failure-ratio", "share"), ("p95", "ms"), ("p99", "ms")):
        parser.add_argument(f"--max-{limit}", type=float, help=f"limit in place of the values' ({unit})")
    parser.add_argument("--min-rps", type=float, help="limit in place of the values' (requests/s)")
    parser.add_argument(
        "--patience", type=float, default=10, help="seconds to wait for the target (default: %(default)s)"
    )
    given = parser.parse_args(argv)
    try:
        given.target = Target(given.host, given.host_header)
        given.plan = _plan(given)
    except ValueError as error:
        parser.error(str(error))
    return given


def _plan(given: argparse.Namespace) -> Plan:
    plan = plans.read(given.values)
    names = ("max_failure_ratio", "max_p95", "max_p99", "min_rps")
    limits = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    plan = replace(plan, limits=replace(plan.limits, **limits))
    if given.users is None and given.seconds is None:
        return plan
    peak = plan.stages[-1]
    users = peak.users if given.users is None else given.users
    seconds = sum(s.seconds for s in plan.stages[1:]) if given.seconds is None else given.seconds
    return replace(plan, stages=(plan.stages[0], Stage("steady", seconds, users)))


if __name__ == "__main__":
    sys.exit(main())

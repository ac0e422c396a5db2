"""`make demo`: play every act, judge each by what was observed, write build/demo/report.json.

Exit code 0 when every act held, 1 when one did not, 130 when interrupted.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn

from delivery.children import ROOT
from delivery.cluster import chosen
from delivery.errors import StepError
from demo import report
from demo.acts import ACTS
from demo.judges import Finding
from demo.production import HOST
from demo.screen import screen
from demo.stage import Stage
from demo.traffic import FOLDER, LOG
from loadtest.records import read

if TYPE_CHECKING:
    from demo.acts import Act
    from demo.screen import Screen

REPORT = FOLDER / "report.json"
RATE = 100.0  # requests a second that two cores carry beside the whole cluster


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; the return value is the exit code."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    FOLDER.mkdir(parents=True, exist_ok=True)
    REPORT.unlink(missing_ok=True)
    shown = screen()
    try:
        return _play(shown, options.rate)
    except StepError as error:
        shown.say(f"demo: {error}")
        return 1
    except KeyboardInterrupt:
        shown.clear()
        shown.say("demo: interrupted; the cluster stays up, `make down` removes it, `make demo` starts over")
        return 130


def _play(shown: Screen, rate: float) -> int:
    stage = Stage(chosen(), shown, rate)
    acts: list[report.Act] = []
    try:
        for act in ACTS:
            acts.append(_perform(stage, act))
            if not acts[-1].finding.held:
                break
    finally:
        shown.clear()
        stage.close()
    written = report.build(
        acts,
        len(ACTS),
        _totals(stage),
        report.setting(ROOT, stage.rate, stage.setup_seconds, first=stage.first),
    )
    REPORT.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    _summarise(stage, written)
    return 0 if written["passed"] else 1


def _perform(stage: Stage, act: Act) -> report.Act:
    stage.screen.act(f"Act {act.title}")
    started = time.time()
    try:
        finding = act.play(stage)
    except StepError as error:
        finding = Finding(str(error))
    stage.screen.clear()
    done = report.Act(act.title, started, time.time(), finding)
    verdict = "observed" if finding.held else f"NOT observed: {finding.complaint}"
    stage.screen.say(f"Act {act.title}: {verdict} ({done.seconds:.0f} s)")
    return done


def _totals(stage: Stage) -> report.Totals:
    records = list(read(LOG)) if stage.traffic is not None else []
    failed = [record for record in records if record.failed]
    bad = sum(1 for record in failed if record.revision in stage.deliberate)
    return report.Totals(len(records), len(failed) - bad, bad)


def _summarise(stage: Stage, written: dict[str, Any]) -> None:
    say = stage.screen.say
    requests = written["requests"]
    say("")
    for act in written["acts"]:
        say(f"{'held  ' if act['passed'] else 'FAILED'}  {act['name']}  {act['seconds']:.0f} s")
    say(
        f"user requests: {requests['total']}, failed: {requests['failed']}, "
        f"answered badly by the release that was meant to be bad: {requests['failed_by_bad_release']}"
    )
    for goal in written["goals"]:
        met = "met   " if goal["met"] else "MISSED"
        say(f"{met}  {goal['name']}: {goal['figure']:g} {goal['unit']} ({goal['goal']})")
    if stage.addresses is not None:
        say(f"entry {stage.addresses.entry} (Host: {HOST}), Prometheus {stage.addresses.prometheus}")
    say(f"the system stays up; `make down` removes it; report: {REPORT.relative_to(ROOT)}")
    say(f"demo: {'passed' if written['passed'] else 'FAILED'} in {written['seconds']:.0f} s")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description="The main job, end to end.")
    parser.add_argument(
        "--rate", type=float, default=RATE, help="user requests a second (default: %(default)g)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

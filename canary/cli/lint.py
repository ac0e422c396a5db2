"""canary lint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.cli.exit_codes import ExitCode
from canary.cli.options import form_option
from canary.cli.output import Answer, emit
from canary.ports import SerinError
from canary.shown.words import clean

if TYPE_CHECKING:
    from canary.cli.session import Session
    from canary.cli.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Report:
    """What lint found in one file: how many releases, and lines of (line, path, message)."""

    file: str
    releases: int
    problems: tuple[tuple[int, str, str], ...]


def read(terminal: Terminal, file: str) -> str:
    """Read a file, or standard input for a dash. Raises SerinError."""
    try:
        raw = terminal.stdin.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise SerinError(
            f"{file}: read: {(error.strerror or str(error)).lower()}: give a file, or - for standard input"
        ) from error
    except UnicodeDecodeError as error:
        raise SerinError(f"{file}: read: is no UTF-8 text: give a YAML file") from error


def inspect(file: str, text: str) -> Report:
    """Check every CanaryRelease in the text; a text without any is a problem too."""
    from canary.cli.findings import findings  # noqa: PLC0415 - the YAML parser costs start-up time
    from canary.cli.manifests import UnreadableError, releases_in  # noqa: PLC0415

    try:
        manifests = releases_in(text)
    except UnreadableError as error:
        return Report(file, 0, ((error.line, "", str(error)),))
    if not manifests:
        return Report(file, 0, ((0, "", "holds no CanaryRelease: nothing was checked"),))
    problems = [
        (manifest.line(found.path), found.path, clean(found.message))
        for manifest in manifests
        for found in findings(manifest.body)
    ]
    return Report(file, len(manifests), tuple(sorted(problems)))


def render(reports: list[Report]) -> Answer:
    """Render what was found in every form."""
    document = [
        {
            "file": report.file,
            "releases": report.releases,
            "problems": [
                {"line": line, "path": path, "message": text} for line, path, text in report.problems
            ],
        }
        for report in reports
    ]
    return Answer(document, tuple(line for report in reports for line in _lines(report)))


def _lines(report: Report) -> list[str]:
    if not report.problems:
        plural = "" if report.releases == 1 else "s"
        return [f"{report.file}: {report.releases} release{plural}, no problem found"]
    return [
        ": ".join(part for part in (f"{report.file}:{line}" if line else report.file, path, text) if part)
        for line, path, text in report.problems
    ]


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@form_option("table", "json", "yaml")
@click.pass_obj
def lint(session: Session, *, files: tuple[str, ...], form: str) -> int:
    """Check the CanaryReleases in YAML files.

    A dash is standard input. Other kinds are passed over, so that it takes a rendered chart:
    helm template helm/forecast -f values.yaml | canary lint -
    """
    reports = [inspect(file, read(session.terminal, file)) for file in files]
    emit(session.terminal, form, render(reports))
    return ExitCode.FAILED if any(report.problems for report in reports) else ExitCode.DONE

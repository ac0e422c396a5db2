from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from canary.cli import exit_codes, main, terminal
from canary.cli.exit_codes import ExitCode, code_for
from canary.ports import ConflictError, NotFoundError, RefusedError, SerinError, UnreachableError

from .build import HEALTHY, PROGRESSING, MemoryDesk, Shell, shell

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = [sys.executable, "-m", "canary.cli"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnreachableError, 5),
        (RefusedError, 3),
        (NotFoundError, 2),
        (exit_codes.TimedOutError, 4),
        (ConflictError, 3),
        (SerinError, 2),
    ],
)
def test_each_error_has_its_exit_code(error: type[SerinError], code: int) -> None:
    assert code_for(error("x")) == code


@pytest.mark.parametrize(
    "verb", ["status", "list", "promote", "rollback", "abort", "pause", "why", "history"]
)
@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        pytest.param(UnreachableError("API server: GET: no answer: is it running?"), 5, id="dead API server"),
        pytest.param(RefusedError("CanaryRelease: GET: forbidden: ask"), 3, id="no permission"),
        pytest.param(SerinError("kubeconfig: load: broken: give --kubeconfig"), 2, id="bad kubeconfig"),
    ],
)
def test_every_verb_tells_trouble_in_one_line(verb: str, trouble: SerinError, code: int) -> None:
    canary = shell(PROGRESSING)
    canary.desk.trouble = trouble
    assert (canary(verb), canary.lines, canary.story) == (code, [], [f"canary: {trouble}"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing command. See canary --help."),
        (("stat",), "No such command 'stat'."),
        (("promote", "--ful"), "No such option '--ful'. Did you mean '--full'?"),
        (("status", "one", "two"), "Got unexpected extra argument (two)"),
        (("status", "-o", "xml"), "'xml' is not one of 'table', 'json', 'yaml', 'name'."),
        (("lint",), "Missing argument 'FILE...'."),
        (("-o", "xml", "status"), "'xml' is not one of 'table', 'json', 'yaml', 'name'."),
        (("-o", "name", "why"), "'name' is not one of 'table', 'json', 'yaml'."),
        (("-o", "json", "completion", "bash"), "-o has no meaning for completion."),
        (("-A", "list"), "No such option '-A'."),
        (("-n", "staging"), "Missing command."),
        (("completion", "tcsh"), "'tcsh' is not one of 'bash', 'zsh', 'fish'."),
        (("pause", "--timeout", "soon"), "must be a duration such as"),
    ],
)
def test_wrong_usage_is_one_line_that_says_where_help_is(arguments: tuple[str, ...], said: str) -> None:
    canary = shell(HEALTHY)
    assert (canary(*arguments), len(canary.story), canary.asked) == (2, 1, [])
    assert said in canary.story[0]
    assert canary.story[0].endswith(" --help.")


def test_where_is_handed_on_as_kubectl_takes_it() -> None:
    canary = Shell(MemoryDesk())
    canary("list", "-n", "staging", "--context", "there", "--kubeconfig", "file")
    (where,) = canary.asked
    assert (where.namespace, where.context, where.kubeconfig) == ("staging", "there", "file")


def test_where_can_be_said_before_the_verb_too() -> None:
    canary = Shell(MemoryDesk())
    canary("-n", "staging", "--context", "there", "--kubeconfig", "file", "list")
    (where,) = canary.asked
    assert (where.namespace, where.context, where.kubeconfig) == ("staging", "there", "file")


def test_what_is_said_after_the_verb_counts_more() -> None:
    canary = Shell(MemoryDesk())
    canary("-n", "staging", "--context", "there", "list", "-n", "production")
    (where,) = canary.asked
    assert (where.namespace, where.context) == ("production", "there")


@pytest.mark.parametrize("verb", ["status", "list", "promote", "why", "history", "version"])
def test_the_form_can_be_said_before_the_verb_too(verb: str) -> None:
    before, after = shell(PROGRESSING), shell(PROGRESSING)
    assert before("-o", "json", verb) == after(verb, "-o", "json")
    assert json.loads(before.out.getvalue()) == json.loads(after.out.getvalue())


def test_a_verb_that_asks_no_cluster_does_not_mind_a_namespace() -> None:
    canary = Shell(MemoryDesk())
    assert (canary("-n", "staging", "version"), canary.asked, canary.story) == (0, [], [])


def test_ctrl_c_while_watching_is_130() -> None:
    canary = shell(PROGRESSING)

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    canary.clock.after = interrupt
    assert (canary("status", "--watch"), canary.story) == (130, [])


def test_a_reader_that_went_away_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    canary = shell(PROGRESSING)

    def closed(_: str) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(canary.out, "write", closed)
    assert (canary("status"), canary.story) == (141, [])


def test_a_closed_pipe_leaves_the_real_program_silent() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen([*PROGRAM, "version"], stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait(30)) == (b"", ExitCode.CLOSED_PIPE)


@pytest.mark.parametrize(
    ("environment", "live", "colour"),
    [
        ({}, True, True),
        ({"NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, False, False),
    ],
)
def test_colour_and_redrawing_need_a_terminal_that_can(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    live: bool,  # noqa: FBT001
    colour: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    found = terminal.system_terminal(environment)
    assert (found.live, found.colour) == (live, colour)


def test_without_a_terminal_nothing_is_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    found = terminal.system_terminal({})
    assert (found.live, found.colour) == (False, False)


@pytest.mark.parametrize(
    ("program", "usage"),
    [("canary", "Usage: canary "), ("kubectl-canary", "Usage: kubectl canary ")],
)
def test_help_uses_the_name_that_was_typed(tmp_path: Path, program: str, usage: str) -> None:
    script = tmp_path / program
    script.write_text("import sys\nfrom canary.cli.main import main\nsys.exit(main())\n")
    found = subprocess.run(
        [sys.executable, script, "status", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.startswith(usage)


def test_version_loads_nothing_that_takes_long_to_start() -> None:
    probe = (
        "import sys; from canary.cli.main import main; sys.argv = ['canary', 'version']; main(); "
        "print(*sorted({each.partition('.')[0] for each in sys.modules}))"
    )
    found = subprocess.run(
        [sys.executable, "-c", probe], check=True, capture_output=True, text=True, timeout=60
    )
    loaded = set(found.stdout.splitlines()[-1].split())
    assert "canary" in loaded
    assert not loaded & {"kubernetes", "urllib3", "requests", "yaml", "rich", "prometheus_client"}


def test_version_tells_program_and_python() -> None:
    canary = Shell(MemoryDesk())
    assert (canary("version"), canary.lines[0].split()[0]) == (0, "canary")


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_completion_scripts_ask_this_program(shell_name: str) -> None:
    canary = Shell(MemoryDesk())
    assert canary("completion", shell_name) == 0
    assert main.COMPLETE_VARIABLE in canary.out.getvalue()


def test_completion_answers_verbs() -> None:
    environment = os.environ | {
        "_CANARY_COMPLETE": "bash_complete",
        "COMP_WORDS": "canary pro",
        "COMP_CWORD": "1",
    }
    found = subprocess.run(PROGRAM, capture_output=True, text=True, env=environment, check=True, timeout=60)
    assert found.stdout.splitlines() == ["plain,promote"]

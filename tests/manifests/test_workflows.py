"""The workflows run targets of the Makefile, pinned, bounded and with few rights; each check can fail.

`on` is True here: YAML 1.1 takes the word for a truth value.
"""

import copy
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
AS_ROOT = 'sudo --preserve-env env "PATH=$PATH" '
LONGEST = 120  # minutes

Workflow = dict[str, Any]
Workflows = dict[str, Workflow]


def read() -> Workflows:
    return {path.stem: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yml"))}


def jobs(workflows: Workflows) -> Iterator[tuple[str, Workflow]]:
    for name, workflow in workflows.items():
        for job, content in workflow["jobs"].items():
            yield f"{name}/{job}", content


def steps(workflows: Workflows) -> Iterator[tuple[str, Workflow]]:
    for name, job in jobs(workflows):
        for step in job["steps"]:
            yield name, step


def targets() -> set[str]:
    lines = re.findall(r"^([a-z][a-z -]*):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return {target for line in lines for target in line.split()}


def strange_commands(workflows: Workflows) -> list[str]:
    """Commands that are not `make` with one target that there is."""
    commands = [(name, step["run"]) for name, step in steps(workflows) if "run" in step]

    def fine(command: str) -> bool:
        words = shlex.split(command.removeprefix(AS_ROOT))
        return len(words) == 2 and words[0] == "make" and words[1] in targets()

    return [f"{name}: {command}" for name, command in commands if not fine(command)]


def several_targets(workflows: Workflows) -> list[str]:
    """Jobs that do more than one thing; to build the tools first is none."""
    runs = [
        (n, [s["run"] for s in job["steps"] if "run" in s and s["run"] != "make tools"])
        for n, job in jobs(workflows)
    ]
    return [f"{name}: {commands}" for name, commands in runs if len(commands) != 1]


def unpinned(workflows: Workflows) -> list[str]:
    used = [step["uses"] for _, step in steps(workflows) if "uses" in step]
    return [each for each in used if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", each)]


def without_a_version(workflows: Workflows) -> list[str]:
    """Pins that nobody can read: the version stands behind each digest."""
    del workflows
    lines = [
        line for path in FOLDER.glob("*.yml") for line in path.read_text().splitlines() if "uses:" in line
    ]
    return [line for line in lines if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)]


def rights(workflows: Workflows) -> list[str]:
    """Workflows and jobs that may do more than read the repository."""
    top = [name for name, each in workflows.items() if each.get("permissions") != {"contents": "read"}]
    return top + [name for name, job in jobs(workflows) if "permissions" in job]


def kept_credentials(workflows: Workflows) -> list[str]:
    checkouts = [(n, s) for n, s in steps(workflows) if s.get("uses", "").startswith("actions/checkout@")]
    return [name for name, step in checkouts if step.get("with", {}).get("persist-credentials") is not False]


def unbounded(workflows: Workflows) -> list[str]:
    loose = [name for name, each in workflows.items() if "group" not in each.get("concurrency", {})]
    return loose + [n for n, job in jobs(workflows) if not 0 < job.get("timeout-minutes", 0) <= LONGEST]


def injections(workflows: Workflows) -> list[str]:
    """What somebody types in must reach a command by the environment only."""
    return [f"{name}: {step['run']}" for name, step in steps(workflows) if "${{" in step.get("run", "")]


def lost_artefacts(workflows: Workflows) -> list[str]:
    """What a job takes up must have been laid down by a job that it waits for."""

    def lost(each: Workflow) -> Iterator[str]:
        for name, job in each["jobs"].items():
            before = ancestors(each, name)
            there = {a for other in before for a in artefacts(each["jobs"][other], "upload")}
            yield from (f"{name}: {a}" for a in artefacts(job, "download") if a not in there)

    return [line for each in workflows.values() for line in lost(each)]


def ancestors(workflow: Workflow, job: str) -> set[str]:
    needs = workflow["jobs"][job].get("needs", [])
    direct = {needs} if isinstance(needs, str) else set(needs)
    return direct.union(*(ancestors(workflow, each) for each in direct))


def artefacts(job: Workflow, way: str) -> list[str]:
    return [
        s["with"]["name"] for s in job["steps"] if s.get("uses", "").startswith(f"actions/{way}-artifact@")
    ]


def step_of(workflows: Workflows, words: str) -> Workflow:
    return next(step for _, step in steps(workflows) if words in step.get("run", step.get("uses", "")))


CHECKS: dict[str, tuple[Callable[[Workflows], list[str]], Callable[[Workflows], object]]] = {
    "every command is a target": (
        strange_commands,
        lambda w: step_of(w, "make check").update(run="make chekc"),
    ),
    "every command is one word of make": (
        strange_commands,
        lambda w: step_of(w, "make check").update(run="make check; curl example.test"),
    ),
    "a job is one target": (
        several_targets,
        lambda w: w["deliver"]["jobs"]["gate"]["steps"].append({"run": "make release"}),
    ),
    "actions are pinned by digest": (
        unpinned,
        lambda w: step_of(w, "actions/checkout").update(uses="actions/checkout@v7"),
    ),
    "rights are to read": (rights, lambda w: w["check"].pop("permissions")),
    "a job has no rights of its own": (
        rights,
        lambda w: w["deliver"]["jobs"]["release"].update(permissions={"contents": "write"}),
    ),
    "no credentials are kept": (
        kept_credentials,
        lambda w: step_of(w, "actions/checkout").update(uses="actions/checkout@" + "0" * 40, **{"with": {}}),
    ),
    "every job ends": (unbounded, lambda w: w["test"]["jobs"]["demo"].pop("timeout-minutes")),
    "every workflow waits its turn": (unbounded, lambda w: w["deliver"].pop("concurrency")),
    "inputs are no commands": (
        injections,
        lambda w: step_of(w, "make stage").update(run="make stage VERSION=${{ inputs.version }}"),
    ),
    "what is handed over is there": (
        lost_artefacts,
        lambda w: w["deliver"]["jobs"]["release"].update(needs="images"),
    ),
}


@pytest.mark.parametrize("promise", CHECKS)
def test_the_workflows_keep_their_promise(promise: str) -> None:
    check, _ = CHECKS[promise]
    assert check(read()) == []


@pytest.mark.parametrize("promise", CHECKS)
def test_a_mutated_workflow_breaks_its_promise(promise: str) -> None:
    check, mutate = CHECKS[promise]
    broken = copy.deepcopy(read())
    mutate(broken)
    assert check(broken) != []


def test_a_reader_sees_which_version_a_digest_is() -> None:
    assert without_a_version(read()) == []


def test_there_are_three() -> None:
    assert sorted(read()) == ["check", "deliver", "test"]


def test_a_delivery_takes_the_steps_of_make_ship_in_their_order() -> None:
    delivered = [
        step["run"].removeprefix("make ") for _, step in steps({"": read()["deliver"]}) if "run" in step
    ]
    assert delivered == ["images", "stage", "gate", "release", "watch"]
    chain = read()["deliver"]["jobs"]
    assert [chain[job].get("needs") for job in chain] == [None, *list(chain)[:-1]]


def test_production_is_behind_the_gate_and_its_own_protection() -> None:
    production = {name: job for name, job in jobs(read()) if job.get("environment") == "production"}
    assert sorted(production) == ["deliver/release", "deliver/watch"]
    assert "gate" in ancestors(read()["deliver"], "release")


def test_a_delivery_is_never_broken_off_by_the_next() -> None:
    assert read()["deliver"]["concurrency"]["cancel-in-progress"] is False

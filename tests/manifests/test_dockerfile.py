"""Promises of the image file: locked, small, not root, no installer or shell left; each check can fail."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = {"service", "dashboard", "controller", "loadtest"}
Check = Callable[[str], list[str]]


def text() -> str:
    return (ROOT / "Dockerfile").read_text()


def stages(dockerfile: str) -> dict[str, str]:
    """Each stage's text by its name."""
    parts = re.split(r"^FROM (?=\S+ AS )", dockerfile, flags=re.MULTILINE)[1:]
    return {part.split()[2]: part for part in parts}


def bases(dockerfile: str) -> list[str]:
    named = stages(dockerfile)
    sources = [part.split()[0] for part in named.values()]
    return [source for source in sources if source != "${BASE}" and source not in named]


def root_targets(dockerfile: str) -> list[str]:
    found = stages(dockerfile)
    users = {name: re.findall(r"^USER (\S+)$", found[name], re.MULTILINE) for name in TARGETS}
    return [name for name, user in users.items() if user[-1:] != ["10001:10001"]]


def installers_in_targets(dockerfile: str) -> list[str]:
    return [name for name in TARGETS if re.search(r"\b(pip3? |apt-get|curl)", stages(dockerfile)[name])]


def baked_settings(dockerfile: str) -> list[str]:
    return re.findall(
        r"^(?:ENV|ARG).*(?:PIP_(?:CERT|INDEX|EXTRA|FIND)|PROXY|proxy).*$", dockerfile, re.MULTILINE
    )


def unknown_copies(dockerfile: str) -> list[str]:
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    sources = re.findall(r"^COPY (?!--from)(\S+) ", dockerfile, re.MULTILINE)
    return [s for s in sources if f"!{s.split('/')[0]}" not in allowed and f"!{s}" not in allowed]


def tools_left(dockerfile: str) -> list[str]:
    """Targets in which something is run after the programs were taken out, or that keep them."""
    found = stages(dockerfile)
    last = {
        name: [line for line in found[name].splitlines() if line.startswith("RUN ")][-1:] for name in TARGETS
    }
    return [name for name, line in last.items() if line != ['RUN ["python3", "/usr/local/bin/strip-image"]']]


CHECKS: dict[str, tuple[Check, Callable[[str], str]]] = {
    "one base": (bases, lambda t: t.replace("FROM ${BASE} AS runtime", "FROM debian:12 AS runtime")),
    "targets are not root": (root_targets, lambda t: t.replace("USER 10001:10001", "USER root")),
    "targets install nothing": (
        installers_in_targets,
        lambda t: t.replace("USER 10001:10001", "RUN pip install flask\nUSER 10001:10001"),
    ),
    "targets hold no program but Python": (
        tools_left,
        lambda t: t.replace('RUN ["python3", "/usr/local/bin/strip-image"]\n', "", 1),
    ),
    "no setting of the builder is kept": (baked_settings, lambda t: t + "ENV PIP_INDEX_URL=http://x\n"),
    "copies pass the ignore file": (unknown_copies, lambda t: t + "COPY build/ build/\n"),
}


@pytest.mark.parametrize("promise", CHECKS)
def test_the_file_keeps_its_promise(promise: str) -> None:
    check, _ = CHECKS[promise]
    assert check(text()) == []


@pytest.mark.parametrize("promise", CHECKS)
def test_a_mutated_file_breaks_its_promise(promise: str) -> None:
    check, mutate = CHECKS[promise]
    assert check(mutate(text())) != []


def test_every_image_is_a_target() -> None:
    assert stages(text()).keys() >= TARGETS


def packages(group: str) -> list[str]:
    return re.findall(
        r"^[\w.-]+(?:\[[\w,-]+\])?==[^\n]*", (ROOT / f"requirements/{group}.txt").read_text(), re.MULTILINE
    )


@pytest.mark.parametrize("group", sorted(TARGETS))
def test_every_package_is_locked_by_hash(group: str) -> None:
    assert "--require-hashes" in (ROOT / ".ci/install-locked").read_text()
    lines = (ROOT / f"requirements/{group}.txt").read_text().replace("\\\n", "").splitlines()
    locked = [line for line in lines if "==" in line]
    assert len(locked) == len(packages(group)) > 0
    assert [line for line in locked if "--hash=sha256:" not in line] == []


def test_the_service_image_stays_small() -> None:
    assert len(packages("service")) <= 25

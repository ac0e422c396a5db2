"""The page has every server, every goal and whatever went wrong."""

from __future__ import annotations

from benchmarks.predict.page import page
from benchmarks.predict.rows import RIVALS
from benchmarks.predict.subjects import WORKERS

from .made import made, report, rounds


def test_it_has_all_servers_with_medians_and_spread() -> None:
    told = page(report([*rounds(1), *rounds(2)], 2), "make bench-predict ROUNDS=2")
    assert "`make bench-predict ROUNDS=2`, 2026-11-25, 2 cores, 23.5 GiB, commit 0123456789." in told
    assert "| FastAPI, uvicorn | 550 (550 to 550) | 5.455 (5.455 to 5.455) |" in told
    assert all(f"| {subject.title} |" in told for subject in RIVALS.values())
    assert all(f"| {title} |" in told for title, _ in WORKERS.values())
    assert "| 1 | 500 | 1500 | 480 | 1020 | 1020 | 0.4 |" in told
    assert "**no**" not in told


def test_every_table_is_as_wide_as_its_head() -> None:
    told = page(report(rounds(1), 1, mlflow="no such version"), "make bench-predict")
    tables = [block.splitlines() for block in told.split("\n\n") if block.startswith("| ")]
    assert len(tables) == 4
    assert all(len({line.count("|") for line in table}) == 1 for table in tables)


def test_a_peer_that_cannot_be_installed_is_listed_with_its_error() -> None:
    rows = [row for row in rounds(1) if row["row"] != "mlflow"]
    assert "| MLflow | no such version |" in page(report(rows, 1, mlflow="no such version"), "x")


def test_what_broke_and_what_is_missing_is_said() -> None:
    told = page(report([made("steady", 1, broken="open loop: too late")], 1), "x")
    assert "- steady, round 1, broke: open loop: too late" in told
    assert "| ours, by the model | - |" in told
    assert "**no**" in told

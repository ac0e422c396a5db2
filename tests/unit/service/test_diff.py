import json
from dataclasses import replace
from pathlib import Path

import pytest

from service import months, table
from service.artefact import Artefact
from service.model import Forecaster, SeasonalNaive
from service.training import data, diff

TINY = data.Scale(branches=3, medicines=4, months=48)


def stored(forecaster: Forecaster, version: str) -> Artefact:
    return Artefact(version, f"sha256:{version}", "", forecaster)


def naive() -> SeasonalNaive:
    return SeasonalNaive().fit(data.generate(1, TINY))


def test_a_model_does_not_differ_from_itself() -> None:
    found = diff.compare(stored(naive(), "a"), stored(naive(), "b"), 10)
    assert (found.cells, found.changed, found.mean_change, found.largest) == (3 * 13 * 4, 0, 0, [])
    assert found.only == {"before": [], "after": []}


def test_a_change_is_found_counted_and_told_by_branch() -> None:
    other = naive()
    other.state_.same_month[1, 2, 5] += 40
    found = diff.compare(stored(naive(), "a"), stored(other, "b"), 10)
    assert found.changed == 1 / found.cells
    assert found.mean_change == pytest.approx(40 / found.cells)
    (change,) = found.largest
    assert (change.branch, change.medicine, change.month) == (
        "Mall of the Emirates", "Metformin 850 mg", "2026-06",
    )  # fmt: skip
    assert change.after - change.before == 40
    assert (found.branches[0].branch, found.branches[0].changed) == ("Mall of the Emirates", 1 / 52)
    assert found.branches[0].after - found.branches[0].before == 40
    assert [one.changed for one in found.branches[1:]] == [0, 0]


def test_only_what_both_know_is_compared_and_the_rest_is_named() -> None:
    other = naive()
    names = ("Karama", *other.domain_.branches[1:])
    other.domain_ = replace(other.domain_, branches=names, last=other.domain_.last - 1)
    found = diff.compare(stored(naive(), "a"), stored(other, "b"), 10)
    assert found.cells == 2 * 12 * 4
    assert found.only == {"before": ["Dubai Mall", "2026-12"], "after": ["Karama"]}
    assert "only in a: Dubai Mall, 2026-12" in diff.as_text(found)


def test_names_are_compared_not_their_order() -> None:
    other = naive()
    turned = SeasonalNaive().fit(replace(
        (history := data.generate(1, TINY)), branches=history.branches[::-1], units=history.units[::-1],
        censored=history.censored[::-1],
    ))  # fmt: skip
    assert turned.domain_.branches != other.domain_.branches
    assert diff.compare(stored(other, "a"), stored(turned, "b"), 10).changed == 0


def test_what_is_no_number_is_counted_and_in_no_sum() -> None:
    other = naive()
    other.state_.same_month[0, 0, 3] = other.state_.level[0, 0] = float("nan")
    found = diff.compare(stored(naive(), "a"), stored(other, "b"), 10)
    assert (found.unusable, found.largest, found.mean_change) == (1, [], 0)
    assert "1 forecasts are no number" in diff.as_text(found)


def test_models_without_a_common_month_cannot_be_compared() -> None:
    other = naive()
    other.domain_ = replace(other.domain_, first=months.ordinal(2040, 1), last=months.ordinal(2040, 2))
    with pytest.raises(ValueError, match="nothing can be compared"):
        diff.compare(stored(naive(), "a"), stored(other, "b"), 10)


def test_the_command_prints_text_or_json_for_the_whole_domain(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff.main([str(models / "v0"), str(models / "v1"), "--top", "3"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("v0 -> v1: ")
    assert diff.main([str(models / "v0"), str(models / "v1"), "--short"]) == 0
    short = capsys.readouterr().out.splitlines()
    assert short[0] == text.splitlines()[0]
    assert len(short) == 11
    assert diff.main([str(models / "v0"), str(models / "v1"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cells"] == table.predictions(SeasonalNaive().fit(data.generate(1, data.QUICK)))[..., 0].size
    assert 0.2 < found["changed"] < 1
    assert len(found["largest"]) == 10
    assert len(found["branches"]) == data.QUICK.branches


def test_a_spoiled_model_is_no_model_to_compare_with(
    models: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (model / "model.joblib").write_bytes(b"")
    assert diff.main([str(models / "v0"), str(model)]) == 2
    assert "model diff:" in (told := capsys.readouterr().err)
    assert "changed or cut short" in told

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import pytest

from service import artefact
from service.artefact import ArtefactError


class Touch:
    """A pickle that leaves a file behind when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def rewrite(model: Path, **changes: Any) -> None:
    """Change the manifest and make its digest fit again, as somebody who knows the format would."""
    path = model / "MANIFEST.json"
    manifest = json.loads(path.read_text()) | changes
    manifest["digest"] = artefact.digest_of(manifest)
    path.write_text(json.dumps(manifest))


def flip_a_byte(model: Path) -> None:
    content = bytearray((model / "model.joblib").read_bytes())
    content[len(content) // 2] ^= 1
    (model / "model.joblib").write_bytes(content)


def cut_short(model: Path) -> None:
    content = (model / "model.joblib").read_bytes()
    (model / "model.joblib").write_bytes(content[:-100])


def edit_the_scores(model: Path) -> None:
    path = model / "MANIFEST.json"
    path.write_text(path.read_text().replace('"mase": 0', '"mase": 1'))


def other_library(model: Path) -> None:
    rewrite(model, libraries={**artefact.libraries(), "scikit-learn": "1.0.2"})


def unlisted_model(model: Path) -> None:
    rewrite(model, files={})


def another_object(model: Path) -> None:
    joblib.dump({"forecast": 4}, model / "model.joblib")
    sha256 = artefact.hashlib.sha256((model / "model.joblib").read_bytes()).hexdigest()
    rewrite(model, files={"model.joblib": sha256})


def swap_the_manifest(model: Path) -> None:
    """Put the manifest of another model, valid in itself, over this one's files."""
    rewrite(model, files=dict.fromkeys(("model.joblib", "MODEL_CARD.md"), "0" * 64), version="v7")


def malicious_pickle(model: Path) -> None:
    joblib.dump(Touch(model / "marker"), model / "model.joblib")


REFUSALS = [
    pytest.param(swap_the_manifest, "changed or cut short", id="swapped-manifest"),
    pytest.param(malicious_pickle, "changed or cut short", id="malicious-pickle"),
    pytest.param(flip_a_byte, "changed or cut short", id="flipped-byte"),
    pytest.param(cut_short, "changed or cut short", id="truncated"),
    pytest.param(lambda model: (model / "model.joblib").unlink(), "cannot be read", id="no-model"),
    pytest.param(lambda model: (model / "MANIFEST.json").unlink(), "cannot be read", id="no-manifest"),
    pytest.param(lambda model: (model / "MANIFEST.json").write_text("{"), "cannot be read", id="no-json"),
    pytest.param(lambda model: (model / "MANIFEST.json").write_text("[]"), "lacks", id="no-object"),
    pytest.param(lambda model: (model / "MODEL_CARD.md").write_text("best"), "changed", id="edited-card"),
    pytest.param(edit_the_scores, "was changed", id="edited-scores"),
    pytest.param(other_library, "scikit-learn 1.0.2", id="other-library"),
    pytest.param(unlisted_model, "does not list", id="unlisted-model"),
    pytest.param(another_object, "holds a dict", id="another-object"),
]


@pytest.mark.parametrize(("spoil", "reason"), REFUSALS)
def test_a_spoiled_model_is_refused_with_the_reason(
    model: Path, spoil: Callable[[Path], object], reason: str
) -> None:
    spoil(model)
    with pytest.raises(ArtefactError, match=reason):
        artefact.load(model, None)


def test_a_whole_model_is_loaded_and_shows_the_manifests_digest(model: Path) -> None:
    stored = artefact.load(model, None)
    manifest = json.loads((model / "MANIFEST.json").read_text())
    assert (stored.version, stored.digest) == ("v1", manifest["digest"])


def test_the_pinned_digest_is_accepted(model: Path) -> None:
    pinned = json.loads((model / "MANIFEST.json").read_text())["digest"]
    assert artefact.load(model, pinned).digest == pinned


def test_any_other_digest_than_the_pinned_one_is_refused(model: Path) -> None:
    with pytest.raises(ArtefactError, match="MODEL_DIGEST asks for"):
        artefact.load(model, "sha256:" + "0" * 64)


def test_a_malicious_pickle_never_runs(model: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    joblib.dump(Touch(marker), model / "model.joblib")
    with pytest.raises(ArtefactError, match="changed or cut short"):
        artefact.load(model, None)
    assert not marker.exists()
    joblib.load(model / "model.joblib")
    assert marker.exists(), "the pickle is harmless, so this test shows nothing"


def test_a_malicious_pickle_with_a_fitting_manifest_is_stopped_by_the_pin(
    model: Path, tmp_path: Path
) -> None:
    pinned = json.loads((model / "MANIFEST.json").read_text())["digest"]
    marker = tmp_path / "marker"
    joblib.dump(Touch(marker), model / "model.joblib")
    sha256 = artefact.hashlib.sha256((model / "model.joblib").read_bytes()).hexdigest()
    rewrite(model, files={"model.joblib": sha256})
    with pytest.raises(ArtefactError, match="MODEL_DIGEST asks for"):
        artefact.load(model, pinned)
    assert not marker.exists()


@pytest.mark.parametrize(("spoil", "reason"), REFUSALS)
def test_a_refused_model_keeps_the_service_up_but_not_ready(
    model: Path,
    deploy: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Path], object],
    reason: str,
) -> None:
    spoil(model)
    with caplog.at_level(logging.ERROR):
        deployed = deploy(MODEL_DIR=str(model))
    answer = deployed.client.get("/predict?branch=Dubai+Mall&date=2025-12")
    assert (answer.status_code, answer.json["code"]) == (503, "not_ready")
    assert answer.headers["Retry-After"] == "1"
    assert reason in deployed.lifecycle.not_ready_because
    assert [record.exc_info for record in caplog.records if reason in record.message] == [None]
    assert "forecast_ready 0.0" in deployed.metrics.page().decode()
    assert not (model / "marker").exists()


def test_a_model_that_says_other_than_when_it_was_stored_is_not_ready(
    model: Path, deploy: Callable[..., Any]
) -> None:
    rewrite(model, predictions="0" * 64)
    reason = deploy(MODEL_DIR=str(model)).lifecycle.not_ready_because
    assert "does not say what it said when it was stored" in reason


def test_the_digest_pinned_is_the_one_in_answers_metrics_and_the_log(
    model: Path, deploy: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    pinned = json.loads((model / "MANIFEST.json").read_text())["digest"]
    with caplog.at_level(logging.INFO):
        deployed = deploy(MODEL_DIR=str(model), MODEL_DIGEST=pinned)
    answer = deployed.client.get("/predict?branch=Dubai+Mall&date=2025-12")
    assert answer.json["model"]["digest"] == pinned
    assert f'digest="{pinned}"' in deployed.metrics.page().decode()
    assert f"model {pinned} is ready" in caplog.text


def test_another_digest_than_the_pinned_one_is_never_ready(model: Path, deploy: Callable[..., Any]) -> None:
    deployed = deploy(MODEL_DIR=str(model), MODEL_DIGEST="sha256:" + "0" * 64)
    assert "MODEL_DIGEST asks for sha256:000" in deployed.lifecycle.not_ready_because

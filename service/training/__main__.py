"""`python -m service.training --out models`: make the data, fit, score, gate and store."""

import argparse
import sys
import time
from pathlib import Path

from service.history import History
from service.training import artefact, data, score
from service.training.artefact import Origin
from service.training.fit import VERSIONS, Fitted, fit


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when the models asked for are stored, 1 when the learned one fails its gate."""
    options = _parser().parse_args(arguments)
    started = time.monotonic()
    history, data_digest = _data(options.out / "data", options.seed, quick=options.quick)
    wanted = VERSIONS if options.only is None else (options.only,)
    fitted = _fit_all(wanted, history, options.seed)
    if "v1" in wanted and _gate_fails(fitted):
        return 1
    for version in wanted:
        one = fitted[version]
        manifest = artefact.write(
            options.out / version, one.forecaster, one.scores, Origin(options.seed, history, data_digest)
        )
        print(f"stored {options.out / version}: digest {manifest['digest']}")
    print(f"done in {time.monotonic() - started:.1f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service.training", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder for the models and the data")
    parser.add_argument("--seed", type=int, default=2025, help="seed of data and model")
    parser.add_argument("--only", choices=VERSIONS, help="store one version instead of both")
    parser.add_argument("--quick", action="store_true", help="a small chain, for a look in seconds")
    return parser


def _data(folder: Path, seed: int, *, quick: bool) -> tuple[History, str]:
    scale = data.QUICK if quick else data.FULL
    history = data.generate(seed, scale)
    files = data.as_csv(history)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "SHA256SUMS").write_text(data.checksums(files))
    print(
        f"data: {scale.branches} branches x {scale.medicines} medicines x {scale.months} months, seed {seed}"
    )
    return history, data.digest(files)


def _fit_all(wanted: tuple[str, ...], history: History, seed: int) -> dict[str, Fitted]:
    """Fit what is wanted; the learned model always brings the one it has to beat."""
    fitted = {}
    for version in VERSIONS if "v1" in wanted else wanted:
        print(f"{version}: fitting and scoring at {score.ORIGINS} origins", flush=True)
        one = fitted[version] = fit(version, history, seed)
        scores = one.scores
        print(
            f"{version}: MASE {scores.mase:.3f}, WAPE {scores.wape:.3f}, bias {scores.bias:+.2f} units, "
            f"80 % interval covers {scores.coverage:.1%} of {scores.rows} months"
        )
    return fitted


def _gate_fails(fitted: dict[str, Fitted]) -> bool:
    reasons = score.shortcomings(fitted["v1"].scores, fitted["v0"].scores)
    for reason in reasons:
        print(f"v1: not released: {reason}", file=sys.stderr)
    return bool(reasons)


if __name__ == "__main__":
    sys.exit(main())

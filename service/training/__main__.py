"""`python -m service.training --out models [--data sales.csv]`: get the data, fit, score, gate and store."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from service.history import History
from service.training import artefact, data, own, score
from service.training.card import Origin
from service.training.fit import VERSIONS, Fitted, baselines, fit
from service.training.own import DataError
from service.training.score import Scores


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when the models asked for are stored, 1 when the learned one fails its gate.

    2 when the data given cannot be used.
    """
    options = _parser().parse_args(arguments)
    started = time.monotonic()
    try:
        origin = _made_up(options) if options.data is None else _own(options)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    wanted = VERSIONS if options.only is None else (options.only,)
    tell = _teller(started)
    measured = baselines(origin.history, options.seed, tell) if "v1" in wanted else {}
    _show(measured)
    fitted = _fit_all(wanted, origin.history, options.seed, tell)
    if "v1" in wanted and _gate_fails(fitted["v1"], measured):
        return 1
    for version in wanted:
        manifest = artefact.write(options.out / version, fitted[version], measured, origin)
        print(f"stored {options.out / version}: digest {manifest['digest']}")
    print(f"done in {time.monotonic() - started:.1f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service.training", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder for the models and the data")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data", type=Path, help="your own sales, CSV: branch,medicine,month,units[,promotion]"
    )
    source.add_argument("--quick", action="store_true", help="a small chain, for a look in seconds")
    parser.add_argument("--seed", type=int, default=2025, help="seed of data and model")
    parser.add_argument("--only", choices=VERSIONS, help="store one version instead of both")
    return parser


def _made_up(options: argparse.Namespace) -> Origin:
    scale = data.QUICK if options.quick else data.FULL
    history = data.generate(options.seed, scale)
    files = data.as_csv(history)
    folder = options.out / "data"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "SHA256SUMS").write_text(data.checksums(files))
    _tell(history, f"seed {options.seed}")
    return Origin(
        options.seed, history, data.digest(files), f"made up by a seeded generator (seed {options.seed})"
    )


def _own(options: argparse.Namespace) -> Origin:
    history, digest = own.read(options.data)
    unknown = float(np.isnan(history.units).mean())
    _tell(history, f"{options.data}, {unknown:.0%} of the months without units")
    return Origin(options.seed, history, digest, f"read from {options.data.name}")


def _tell(history: History, source: str) -> None:
    branches, medicines, length = history.units.shape
    print(f"data: {branches} branches x {medicines} medicines x {length} months, {source}")


def _teller(started: float) -> Callable[[str], None]:
    return lambda text: print(f"{time.monotonic() - started:5.1f} s  {text}", flush=True)


def _fit_all(
    wanted: tuple[str, ...], history: History, seed: int, tell: Callable[[str], None]
) -> dict[str, Fitted]:
    fitted = {version: fit(version, history, seed, tell) for version in wanted}
    _show({version: one.scores for version, one in fitted.items()})
    return fitted


def _show(measured: Mapping[str, Scores]) -> None:
    for name, scores in measured.items():
        print(
            f"{name}: MASE {scores.mase:.3f}, WAPE {scores.wape:.3f}, bias {scores.bias:+.2f} units, "
            f"80 % interval covers {scores.coverage:.1%} of {scores.rows} months"
        )


def _gate_fails(learned: Fitted, measured: Mapping[str, Scores]) -> bool:
    reasons = score.shortcomings(learned.scores, measured)
    for reason in reasons:
        print(f"v1: not released: {reason}", file=sys.stderr)
    if reasons:
        print("v1: `--only v0` stores the seasonal-naive forecast, which needs no gate", file=sys.stderr)
    return bool(reasons)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m benchmarks.predict.peers.mlserver PORT FOLDER`: write MLServer's settings and become it.

Its inference runs in the process that answers: with one core, a second process only adds hand-overs.
"""

import json
import os
import shutil
import sys
from pathlib import Path

from benchmarks.predict.peers.mlserver import app

port, folder = int(sys.argv[1]), Path(sys.argv[2])
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
settings = {
    "host": "127.0.0.1",
    "http_port": port,
    "grpc_port": port + 1,
    "metrics_port": port + 2,
    "parallel_workers": 0,
}
model = {"name": "forecast", "implementation": f"{app.__name__}.{app.Forecaster.__name__}"}
(folder / "settings.json").write_text(json.dumps(settings))
(folder / "model-settings.json").write_text(json.dumps(model))
os.execv(sys.executable, [sys.executable, "-m", "mlserver.cli.main", "start", str(folder)])  # noqa: S606

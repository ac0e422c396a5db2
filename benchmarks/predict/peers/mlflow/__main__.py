"""`python -m benchmarks.predict.peers.mlflow PORT FOLDER`: store the model as MLflow's, and serve it."""

import os
import shutil
import sys
from pathlib import Path

from mlflow.pyfunc import save_model

port, folder = sys.argv[1], Path(sys.argv[2])
shutil.rmtree(folder, ignore_errors=True)
save_model(folder, python_model=str(Path(__file__).with_name("model.py")), pip_requirements=[])
served = ["models", "serve", "-m", str(folder), "-h", "127.0.0.1", "-p", port, "--env-manager", "local"]
os.execv(sys.executable, [sys.executable, "-m", "mlflow", *served, "--workers", "1"])  # noqa: S606

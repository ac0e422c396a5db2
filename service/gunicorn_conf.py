"""gunicorn's settings: `gunicorn --config service/gunicorn_conf.py`.

The arbiter imports the libraries before it forks: they are shared, and a crashed worker is back
in a fraction of a second. Collecting garbage meanwhile would find none and cost a tenth of the start.
"""

import gc

gc.disable()

import os  # noqa: E402

# One request needs one row: threads of the numeric libraries would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys  # noqa: E402

from service import logs, settings, wsgi  # noqa: E402
from service.refusal import ConfigError  # noqa: E402
from service.worker import DrainingWorker  # noqa: E402

gc.freeze()
gc.enable()

try:
    _chosen = settings.read(os.environ)
except ConfigError as error:
    print(f"forecast service: {error}", file=sys.stderr)
    sys.exit(2)

DrainingWorker.drain_seconds = _chosen.drain_seconds
DrainingWorker.queue_seconds = _chosen.queue_seconds
DrainingWorker.read_seconds = _chosen.read_seconds

wsgi_app = f"{wsgi.__name__}:application()"
bind = [f"{_chosen.host}:{_chosen.port}"]
worker_class = DrainingWorker
workers = 1
threads = _chosen.threads
# As many as can wait for `queue_seconds`: those beyond wait where nobody sees how long, and starve.
worker_connections = 4000
# Longer than the proxy keeps idle connections, so that it is never us who closes one in use.
keepalive = 75
# The arbiter counts from SIGTERM, so the drain is part of it.
graceful_timeout = int(_chosen.drain_seconds + _chosen.grace_seconds)
# Heartbeats are file timestamps; on a disk they can stall and get a healthy worker killed.
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True
logconfig_dict = logs.configuration(_chosen)
accesslog = None

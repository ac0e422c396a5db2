"""gunicorn's settings: `gunicorn --config dashboard/gunicorn_conf.py`."""

import os
import sys

from dashboard import logs, settings, wsgi
from dashboard.database.engine import Database
from dashboard.refusal import ConfigError

try:
    _chosen = settings.read(os.environ)
    Database(_chosen.flow.database_url)
except ConfigError as error:
    print(f"dashboard: {error}", file=sys.stderr)
    sys.exit(2)

wsgi_app = f"{wsgi.__name__}:application()"
bind = [f"{_chosen.host}:{_chosen.port}"]
worker_class = "gthread"
workers = 1
threads = _chosen.threads
# Longer than the proxy keeps idle connections, so that it is never us who closes one in use.
keepalive = 75
graceful_timeout = _chosen.grace_seconds
# Heartbeats are file timestamps; on a disk they can stall and get a healthy worker killed.
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True
logconfig_dict = logs.configuration(_chosen.log_level)
accesslog = None

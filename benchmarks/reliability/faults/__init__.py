"""What is done to the controller's surroundings; each tool undoes what it did, also when interrupted.

- `api.py` stands in front of the API server and lets calls and watches fail (`store.py`: Prometheus).
  Both are servers of this machine on 127.0.0.1 and count what they did, so that a report can say it.
- `plane.py` restarts the embedded cluster's API server or freezes its etcd.
- `clock.py` gives one process another time; the machine's own clock is never touched.
"""

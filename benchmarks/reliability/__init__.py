"""A release that cannot hurt: faults on the real cluster, one row a promise (`make bench-reliability`).

Conventions, for whoever adds a row:

- A row is one module `rows/rN_topic.py` with one constant `ROW`; it is found by its name, nothing lists it.
- `Row` (row.py) says what is done to the system, what must hold, its cases, how many rounds of each case the
  long run has and about how many minutes one takes, its `goals`, and how it is measured (for the page).
- `ROW.open(stage)` is a context manager around all rounds of the row; it yields `play(case, number)`, which
  plays one round and returns what was *measured* as a flat dict: numbers, short texts, lists.
  Times are seconds; counts of what must not happen are fields of their own with a goal of 0.
- `play` never asserts. What cannot be measured raises `StepError`: the round is kept as broken and misses
  its goals. A site that cannot be brought to rest raises `StandstillError`: the row is opened afresh.
- Whatever a row changes outside its own namespaces it puts back by a context manager, also when interrupted.
- `stage.site(name)` is a release in a namespace of its own (`benchmarks/cluster/site.py`): `require`,
  `release`, `users`. `benchmarks/cluster/controller.py` runs a controller as a process of this machine, while
  `benchmarks/cluster/installed.py` keeps the installed one away.
- The long run plays `long` rounds of every case. The short form is a test in tests/cluster that plays one
  case or a few through the same row: `missed(ROW, stage, "case") == []`. A goal that only counts how much was
  done (requests, kills) belongs to `amounts`: the short form does not judge it.
- Look from outside: weights on the Ingress, answers with their revision, the API server's objects, its
  events, the journal. A status alone proves nothing.
"""

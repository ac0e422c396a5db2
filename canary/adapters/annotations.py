"""What Serin writes beside the fields of objects: annotations, and under whose name."""

from __future__ import annotations

# The newest leader that looks after a running release; an earlier one that reads it knows that it is over.
EPOCH = "canary.serin.dev/epoch"
# Says when and why the dead-man set the weight of a route to 0.
MARK = "canary.serin.dev/dead-man"
# What the server made of a template when we wrote it: a later difference is somebody's edit.
SEAL = "canary.serin.dev/template"

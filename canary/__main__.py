"""`python -m canary` runs the controller."""

from __future__ import annotations

from canary.bootstrap import main

main()

"""Play all cells, check the goals, write the report: `python -m benchmarks.decisions --help`.

The engine is compiled before anything imports it.
"""

from __future__ import annotations

import sys
from importlib import import_module

from benchmarks.decisions import compiled

if __name__ == "__main__":
    compiled.load()
    sys.exit(import_module("benchmarks.decisions.command").main())

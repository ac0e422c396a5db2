"""`python -m canary.cli` is the command line."""

from __future__ import annotations

import sys

from canary.cli.main import main

sys.exit(main())

"""`python -m devcluster`."""

from devcluster.cli import entry

entry()

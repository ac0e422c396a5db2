"""The one exception of the embedded cluster."""


class ClusterError(Exception):
    """A sentence for the person at the terminal: object: what was tried: why: what to do."""

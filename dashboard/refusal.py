"""Why the process does not start."""


class ConfigError(ValueError):
    """The configuration cannot be used; the message names the variable, the reason and the remedy."""

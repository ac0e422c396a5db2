"""What stops the demo, in words for the person who watches it."""


class DemoError(Exception):
    """One sentence: object, what was tried, why it did not work, what to do. Ends the demo with exit 1."""

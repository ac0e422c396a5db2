"""Text as people typed it, made fit to keep: one form of each character, and none that deceives a reader."""

import unicodedata

# Characters that turn the direction of what follows: a name could be made to look like another.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class UnfitTextError(ValueError):
    """The text cannot be kept; the message says why, for the person who typed it."""


def line(text: str, longest: int) -> str:
    """One line, without blanks around it; UnfitTextError where it cannot be kept."""
    return _kept(" ".join(text.split()), longest, "")


def paragraph(text: str, longest: int) -> str:
    """Several lines; browsers send CR LF for each end, kept is LF."""
    return _kept("\n".join(text.splitlines()).strip(), longest, "\n\t")


def _kept(text: str, longest: int, controls: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    if len(normal) > longest:
        raise UnfitTextError(f"must have at most {longest} characters, and has {len(normal)}")
    for character in normal:
        unprintable = unicodedata.category(character) in {"Cc", "Cs", "Cn", "Zl", "Zp"}
        if (unprintable and character not in controls) or character in _TURNING:
            raise UnfitTextError(f"has a character that cannot be shown (U+{ord(character):04X})")
    return normal

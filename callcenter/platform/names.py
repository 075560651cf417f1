"""What people are called, and what they call their numbers: text of any script that can be seen."""

import unicodedata

JOINERS = "\u200c\u200d"
"""They shape letters in Persian and the scripts of India, and join emoji. Alone they cannot be seen."""
DROPPED = dict.fromkeys(map(ord, "\u00ad\u061c\u200b\u200e\u200f\u2060\ufeff"))
"""Marks that come along with copied text and show nothing: soft hyphens, marks of direction, a byte order mark."""
BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols by their category, but empty on the screen."""
VISIBLE = "LNPS"
"""The kinds of characters that show by themselves: letters, digits, punctuation and symbols."""


class NotAName(ValueError):
    """Nothing of it can be seen, or something in it is no text."""


def tidy(text: str) -> str:
    """The name as it is kept: composed (NFC), with single spaces.

    Raises NotAName for control characters, overrides of the writing direction, separators of lines, characters that
    Unicode has not assigned or leaves to private use, and for what shows nothing at all.
    """
    composed = unicodedata.normalize("NFC", text.translate(DROPPED))
    name = " ".join(part for part in _spaces_made_plain(composed).split(" ") if part)
    if not all(one.isprintable() or one in JOINERS for one in name):
        raise NotAName
    if not any(unicodedata.category(one)[0] in VISIBLE and one not in BLANK for one in name):
        raise NotAName
    return name


def folded(text: str) -> str:
    """For comparing: without case, the width of letters and the ways to compose accents (NFKC)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _spaces_made_plain(text: str) -> str:
    """Tabs, line breaks and the spaces of all scripts, as they come with copied text."""
    return "".join(" " if one in "\t\n\r" or unicodedata.category(one) == "Zs" else one for one in text)

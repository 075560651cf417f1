"""Writes instants and names as text for programs and pages."""

from datetime import datetime


def iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def initials(name: str) -> str:
    words = name.split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else ""


def printable(text: str) -> str:
    """A text of the network's, without what would hide, turn round or break up what is written beside it."""
    return "".join(filter(str.isprintable, text))

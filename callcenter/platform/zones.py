"""Time zones by their names in the IANA database, such as Europe/Berlin."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo


def zone_named(name: str) -> tzinfo:
    """UTC for what is no zone."""
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return UTC

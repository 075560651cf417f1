"""The desk as its server loads it, with a clock that the harness can put forward and back."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from callcenter import bootstrap
from callcenter.core.unit_of_work import utc_now
from callcenter.settings import get_settings
from tests.chaos.hosts import CLOCK_FILE


def wrong_clock() -> datetime:
    """The time as this host believes it to be."""
    return utc_now() + timedelta(seconds=float(Path(os.environ[CLOCK_FILE]).read_text()))


bootstrap.set_services(bootstrap.build(get_settings(), clock=wrong_clock))

from callcenter.callcenter import app  # noqa: E402

__all__ = ["app"]

"""What the start of the desk does not wait for."""

import subprocess
import sys

import pytest

from callcenter.cli.environment import ROOT

LOADED = """
import sys
import %s
print([name for name in sys.argv[1:] if name in sys.modules])
"""


@pytest.mark.parametrize(
    ("module", "needless"),
    [
        ("callcenter.quick_start", ["alembic", "psycopg", "zxcvbn", "numpy", "livekit.rtc", "reflex.testing"]),
        ("callcenter.cli.up", ["reflex", "sqlalchemy", "fastapi", "aiohttp", "livekit", "alembic", "multiprocessing"]),
    ],
)
def test_the_start_loads_nothing_that_only_few_starts_need(module: str, needless: list[str]) -> None:
    """The desk on SQLite with accounts that exist; the runner, which only starts programs."""
    told = subprocess.run(
        [sys.executable, "-c", LOADED % module, *needless], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout == "[]\n"

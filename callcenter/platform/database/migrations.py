"""The migrations of this program, read without alembic, whose import would lengthen every start."""

import re
from functools import lru_cache
from pathlib import Path

MIGRATIONS = Path(__file__).resolve().parents[3] / "alembic"
_REVISION = re.compile(r'^(down_revision|revision)\b[^=\n]*= *(?:"(\w+)"|None) *$', re.MULTILINE)


@lru_cache(maxsize=1)
def newest() -> str:
    """Return the revision that no other one follows. Raises RuntimeError unless there is exactly one."""
    found: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for file in (MIGRATIONS / "versions").glob("*.py"):
        for kind, name in _REVISION.findall(file.read_text()):
            found[kind].add(name)
    heads = found["revision"] - found["down_revision"]
    if len(heads) != 1:
        raise RuntimeError(f"{MIGRATIONS} has {len(heads)} newest migrations instead of one")
    return heads.pop()

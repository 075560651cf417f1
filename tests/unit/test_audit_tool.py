"""`make audit` tells "nothing is known" from "nothing was found"."""

from pathlib import Path

import pytest

from tools.audit import CLEAN, FOUND, UNKNOWN, ask


@pytest.mark.parametrize(
    ("command", "result"),
    [
        (("true",), CLEAN),
        (("sh", "-c", "echo Found 1 known vulnerability; exit 1"), FOUND),
        (("sh", "-c", "echo request to https://example.org failed, getaddrinfo ENOTFOUND >&2; exit 1"), UNKNOWN),
        (("sh", "-c", "echo aiohttp: Dependency not found and could not be audited; exit 1"), UNKNOWN),
        (("no-such-program-anywhere",), UNKNOWN),
    ],
)
def test_an_answer_is_told_from_none(command: tuple[str, ...], result: int, tmp_path: Path) -> None:
    assert ask("something", command, tmp_path) == result

"""What is installed is what was locked: everything by hash, from wherever an administrator's index is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("requirements", "requirements-tracing")
NAMES = (*PARTS, "requirements-dev", "requirements-go")
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==([\w.]+)", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(text)}


def lock(name: str) -> str:
    return (ROOT / f"{name}.lock").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_every_requirement_is_locked_at_its_version(name: str) -> None:
    wanted = pins((ROOT / f"{name}.txt").read_text())
    assert wanted.items() <= pins(lock(name)).items(), "run: make lock"


@pytest.mark.parametrize("name", NAMES)
def test_every_locked_package_has_hashes_and_no_address(name: str) -> None:
    text = lock(name)
    assert "://" not in text
    entries = re.split(r"\n(?=\w)", text[text.index("\n") :].strip())
    assert all("--hash=sha256:" in entry for entry in entries if not entry.startswith("#"))


def test_the_parts_agree_with_the_whole() -> None:
    whole = pins(lock("requirements-dev"))
    assert all(pins(lock(name)).items() <= whole.items() for name in PARTS)

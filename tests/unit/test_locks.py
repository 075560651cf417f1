"""What is installed is what was locked: everything by hash, from wherever an administrator's index is."""

import json
import re
from pathlib import Path

import pytest
from reflex.utils import frontend_skeleton

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("requirements", "requirements-tracing", "requirements-bootstrap")
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


def test_what_installs_the_locked_packages_needs_no_other() -> None:
    assert pins(lock("requirements-bootstrap")).keys() == {"uv"}


def test_a_build_of_the_page_finds_its_list_of_packages_as_it_would_write_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reflex writes ``reflex.lock/`` with every first build: in another order, a fresh clone would be changed by it."""
    monkeypatch.chdir(ROOT)
    begun_with = json.loads(frontend_skeleton._compile_package_json())
    as_npm_writes_it = json.dumps(begun_with, separators=(",", ":"))
    assert (ROOT / "reflex.lock" / "package.json").read_text() == as_npm_writes_it

"""docs/security: every requirement once, with a word from the list, and whatever it names exists."""

import ast
import re
from functools import lru_cache

import pytest

from callcenter.cli.environment import ROOT

PAGES = ("validation", "web", "sign-in", "access", "operation", "data")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")
FILE = re.compile(r"`((?:callcenter|deploy|tests|tools|docs|reflex\.lock)/[\w./-]+|rxconfig\.py|\.env\.example)`")
LINK = re.compile(r"\]\(([^)#]*)(?:#([\w-]+))?\)")
WORDS = {"held", "not applicable", "left to the installation", "open"}


def rows() -> list[tuple[str, ...]]:
    """Number, level, what is asked, status, how."""
    return [row for page in PAGES for row in ROW.findall(text(f"docs/security/{page}.md"))]


@lru_cache
def text(name: str) -> str:
    return (ROOT / name).read_text()


@lru_cache
def tree(name: str) -> ast.Module:
    return ast.parse(text(name))


def has(file: str, node: str) -> bool:
    body: list[ast.stmt] = tree(file).body
    for name in node.split("::"):
        kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        found = [one for one in body if isinstance(one, kinds) and one.name == name]
        if not found:
            return False
        body = found[0].body
    return True


def test_every_requirement_is_there_once_and_in_order() -> None:
    wanted = [line for line in text("tests/support/asvs.txt").splitlines() if not line.startswith("#")]
    assert len(wanted) == 253
    assert [number for number, *_ in rows()] == wanted


def test_the_words_are_those_that_are_explained() -> None:
    assert {status for *_, status, _ in rows()} <= WORDS
    assert all(f"| {word} |" in text("docs/security.md") for word in WORDS)


def test_what_is_held_names_a_test_or_a_place() -> None:
    for number, _, _, status, how in rows():
        if status == "held":
            assert TEST.search(how) or FILE.search(how) or LINK.search(how) or "ruff" in how or "lock files" in how, (
                number
            )
        if status == "left to the installation":
            assert LINK.search(how), f"{number} names no page"
        if status in ("open", "not applicable"):
            assert len(how) > 5, f"{number} has no reason"


@pytest.mark.parametrize("page", [f"docs/security/{name}.md" for name in (*PAGES, "policy")] + ["docs/security.md"])
def test_what_it_names_exists(page: str) -> None:
    for file, node in TEST.findall(text(page)):
        assert (ROOT / file).exists(), file
        assert has(file, node), f"{file}::{node}"
    for file in FILE.findall(text(page)):
        assert (ROOT / file).exists(), file
    for target, anchor in LINK.findall(text(page)):
        if target.startswith("http"):
            continue
        file = ((ROOT / page).parent / target).resolve() if target else ROOT / page
        assert file.exists(), f"{page} leads to {target}"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}, anchor

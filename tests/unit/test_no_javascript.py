"""The page is written in Python. What the browser alone can do is said in expressions of one line."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = {".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte"}
SOURCES = sorted((ROOT / "callcenter").rglob("*.py"))
CODE = re.compile(r"=> |\bfunction\b\s*\w*\s*\(|\b(?:const|let|var) [\w{\[, ]+[}\]]? ?= ")
STATEMENTS = 2
"""Such as the two of ``const timer = …; return () => …``."""
LENGTH = 120


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string with its line; pieces that are joined count as one, and ``{}`` stands for what is filled in."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            inside |= {id(part) for part in node.values}
            yield node.lineno, "".join(map(str, pieces))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.lineno, node.value


def too_much(text: str) -> bool:
    """Whether this is a program rather than an expression."""
    if not CODE.search(text) or text.startswith("==> "):
        return False
    parts = [part for part in re.split(r"[;\n]", text) if part.strip(" }")]
    return "\n" in text.strip() or len(parts) > STATEMENTS or len(text) > LENGTH


def test_no_file_is_a_script() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    assert [name for name in listed.stdout.splitlines() if Path(name).suffix in SCRIPTS] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_string_holds_a_program(source: Path) -> None:
    tree = ast.parse(source.read_text())
    assert [(line, text) for line, text in strings(tree) if too_much(text)] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_component_brings_code_of_its_own(source: Path) -> None:
    defined = {node.name for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.FunctionDef)}
    assert not defined & {"add_custom_code", "_get_custom_code", "_get_dynamic_imports"}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("const timer = setInterval(() => {}, 1000); return () => clearInterval(timer)", False),
        ("Only => in a sentence of one line", False),
        ("(() => {\n  const a = 1;\n})()", True),
        ("const a = 1; const b = 2; const c = 3", True),
        ("function add(a, b) { const c = a + b; log(c); return c; }", True),
        ("Prose; with; many; marks", False),
    ],
)
def test_what_counts_as_a_program(text: str, wrong: bool) -> None:
    assert too_much(text) is wrong

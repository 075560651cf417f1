"""The glossary names every public class of the domain."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
DOMAIN = ("callcenter/core/domain/*.py", "callcenter/*/domain.py")
"""Patterns of the modules that hold the domain: the domain of the core, and the domain of each capability."""


def public_classes() -> list[str]:
    """Return the names of the public classes of all modules that the patterns find."""
    modules = [path for pattern in DOMAIN for path in sorted(ROOT.glob(pattern))]
    found = [
        node.name for path in modules for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)
    ]
    return [name for name in found if not name.startswith("_")]


@pytest.mark.parametrize("name", public_classes())
def test_the_glossary_names_every_class_of_the_domain(name: str) -> None:
    assert re.search(rf"`{name}(?:\.\w+)?`", GLOSSARY)


def test_the_domain_is_found() -> None:
    assert len(public_classes()) > 50


def test_the_glossary_defines_every_term_once() -> None:
    terms = re.findall(r"^\| ([^|]+?) \|", GLOSSARY, re.MULTILINE)
    defined = [term for term in terms if term not in ("term", "class", "---") and not term.startswith("-")]
    assert sorted(defined) == sorted(set(defined))
    assert len(defined) > 80

"""What several tests need stands in tests/support: no test imports another one, and measurements import none."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITES = ("unit", "integration", "e2e", "phones", "chaos")
SHARED = ("tests.support", "tests.builders", "tests.consistency", "tests.fakes")


def imported(path: Path) -> list[str]:
    """The modules of the tests that a file names in its imports."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return [one for one in found if one.startswith("tests.")]


@pytest.mark.parametrize("folder", [*SUITES, "support"])
def test_no_test_imports_another(folder: str) -> None:
    files = sorted((ROOT / "tests" / folder).rglob("*.py"))
    assert files
    of_tests = [(path.name, one) for path in files for one in imported(path) if one.split(".")[2].startswith("test_")]
    assert of_tests == []
    others = {f"tests.{suite}" for suite in SUITES if suite != folder}
    assert [(path.name, one) for path in files for one in imported(path) if one.startswith(tuple(others))] == []


def test_measurements_use_the_harness_alone() -> None:
    files = sorted((ROOT / "bench").rglob("*.py"))
    assert [(path.name, one) for path in files for one in imported(path) if not one.startswith(SHARED)] == []

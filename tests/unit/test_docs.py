"""Every link of the documents leads to a page and a heading that exist; the README leads to every page."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")])
CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield the file and the heading that each link of a page leads to; addresses elsewhere are left out."""
    for target, anchor in LINK.findall(CODE.sub("`x`", page.read_text())):
        if not target.startswith(("http:", "https:", "mailto:")):
            yield (page.parent / target).resolve() if target else page, anchor


@lru_cache
def anchors(page: Path) -> frozenset[str]:
    """Return the names under which a page's headings are linked."""
    titles = HEADING.findall(re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL))
    return frozenset(re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [str(target) for target, _ in links(page) if not target.exists()] == []
    assert [(str(target), anchor) for target, anchor in links(page) if anchor and anchor not in anchors(target)] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [target for target, _ in links(page) if target.suffix == ".md"]
    assert [str(page) for page in PAGES if page not in reached] == []


def test_the_words_that_the_page_for_agents_quotes_are_on_screen() -> None:
    quoted = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", (ROOT / "docs" / "desk.md").read_text())
    source = "\n".join(path.read_text() for path in (ROOT / "callcenter").rglob("*.py"))
    assert len(quoted) > 15
    assert [words for words in quoted if f'"{words.removesuffix("…").strip()}' not in source] == []


@pytest.mark.parametrize("page", ["README.md", "docs/contributing.md"])
def test_every_file_and_folder_that_a_page_names_exists(page: str) -> None:
    named = re.findall(r"`((?:alembic|bench|callcenter|deploy|testing|tests)/[\w./-]*)`", (ROOT / page).read_text())
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []

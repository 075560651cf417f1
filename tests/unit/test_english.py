"""Documents are in plain English: every sentence names its subject.

A folder of code joins as soon as its docstrings and comments are clean: add its pattern to CODE.
"""

from pathlib import Path

import pytest

from tests.support.english import markdown_sentences, openings, python_sentences

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "CHANGELOG.md", "docs/**/*.md")
CODE = (
    "tests/support/english.py",
    "tests/unit/test_english.py",
    "tests/unit/test_glossary.py",
    "tests/unit/test_docs.py",
)


def files(patterns: tuple[str, ...]) -> list[str]:
    """Return the files that the patterns find, by their place in the project."""
    return sorted(str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern))


@pytest.mark.parametrize("name", files(DOCUMENTS))
def test_every_sentence_of_a_document_opens_with_a_subject_or_a_verb(name: str) -> None:
    assert openings(markdown_sentences((ROOT / name).read_text())) == []


@pytest.mark.parametrize("name", files(CODE))
def test_every_sentence_of_a_docstring_or_comment_opens_with_a_subject_or_a_verb(name: str) -> None:
    assert openings(python_sentences((ROOT / name).read_text())) == []


def test_every_pattern_finds_a_file() -> None:
    assert [pattern for pattern in (*DOCUMENTS, *CODE) if not list(ROOT.glob(pattern))] == []


@pytest.mark.parametrize(
    "text",
    [
        "# What is done",
        "A caller waits. Who declines is skipped.",
        "A caller\nwaits. Those who wait hear ringing.",
        "- **Whether it rings** is decided here.",
        "1. of these two, one",
        "| metric | what it says |\n|---|---|\n| a | Calls. |",
        "| a | whoever asks |",
    ],
)
def test_a_sentence_without_a_subject_is_found_in_a_document(text: str) -> None:
    assert len(openings(markdown_sentences(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "An agent who declines is skipped.",
        "What is the price? It is low.",
        "```sh\nWhat is code stays out.\n```",
        "`what` is a label, and `who` another.",
        "<!-- What nobody reads. -->",
        "Office hours, and so on.",
    ],
)
def test_other_sentences_of_a_document_pass(text: str) -> None:
    assert openings(markdown_sentences(text)) == []


def test_a_sentence_without_a_subject_is_found_in_docstrings_and_comments() -> None:
    source = '"""Whether it rings."""\nKEPT = 5\n"""Those that are kept."""\n# A call.\n# Who else?\n# What is left.\n'
    found = openings(
        python_sentences(source + "def route():\n    '''What it does.\n\n    Whom it asks.'''  # noqa: D300\n")
    )
    assert sorted(found) == [
        "Those that are kept.",
        "What is left.",
        "What it does.",
        "Whether it rings.",
        "Whom it asks.",
    ]

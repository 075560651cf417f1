"""Reads the sentences of documents and of Python code, and finds those that open without a subject."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

BANNED = ("Of", "That which", "Those", "What", "Whatever", "Whether", "Which", "Who", "Whoever", "Whom", "Whose")
"""Words that open a sentence without naming its subject. A question may open with them."""

OPENING = re.compile(rf"(?:{'|'.join(BANNED)})\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”)]?\s+(?=\S)")
FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
INLINE_CODE = re.compile(r"`[^`]*`")
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
BLOCK_START = re.compile(r"^\s*(?:#+|[-*]|\d+\.|>)\s+")
TABLE_RULE = re.compile(r"^[|:\s-]+$")
EMPHASIS = re.compile(r"[*_]+")
DIRECTIVE = re.compile(r"^(?:noqa|type:|pragma|!|/)")


def openings(sentences: Iterator[str]) -> list[str]:
    """Return the sentences that open with a banned word and are no questions."""
    return [one for one in sentences if OPENING.match(one) and not one.endswith("?")]


def markdown_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of headings, paragraphs, list items and table cells; leave code out."""
    for block in _markdown_blocks(_without_code(text)):
        yield from _sentences(EMPHASIS.sub("", LINK.sub(r"\1", block)))


def python_sentences(source: str) -> Iterator[str]:
    """Yield the sentences of docstrings (of attributes too) and of comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for paragraph in re.split(r"\n\s*\n", node.value.value):
                yield from _sentences(INLINE_CODE.sub("`x`", paragraph.replace("``", "`")))
    for comment in _comments(source):
        yield from _sentences(INLINE_CODE.sub("`x`", comment.replace("``", "`")))


def _without_code(text: str) -> str:
    return INLINE_CODE.sub("`x`", HTML_COMMENT.sub("", FENCE.sub("", text)))


def _markdown_blocks(text: str) -> Iterator[str]:
    paragraph: list[str] = []
    for line in [*text.splitlines(), ""]:
        table = line.lstrip().startswith("|")
        if paragraph and (table or not line.strip() or BLOCK_START.match(line)):
            yield " ".join(paragraph)
            paragraph = []
        if table and not TABLE_RULE.match(line):
            yield from (cell.strip() for cell in line.strip().strip("|").split("|") if cell.strip())
        elif line.strip() and not table:
            paragraph.append(BLOCK_START.sub("", line).strip())


def _comments(source: str) -> Iterator[str]:
    """Yield comments; lines that follow each other are one comment."""
    parts: list[str] = []
    last_line = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        text = token.string.lstrip("#").strip()
        if parts and (token.start[0] != last_line + 1 or not token.line.lstrip().startswith("#")):
            yield " ".join(parts)
            parts = []
        if text and not DIRECTIVE.match(text):
            parts.append(text)
        last_line = token.start[0]
    if parts:
        yield " ".join(parts)


def _sentences(block: str) -> list[str]:
    return [one for one in SENTENCE_END.split(" ".join(block.split())) if one]

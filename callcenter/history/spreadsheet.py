"""Cells that spreadsheets show as they are written, wherever they think that one ends and the next begins."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

FORMULA = re.compile(r"(^|[;,|])(?=[\s\"']*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a cell begins as a formula does, or would begin for a program that guesses another separator than ours; also
in the wide characters of East Asia. Tabs and line breaks, which part cells as well, are made spaces before."""
NUMBER = re.compile(r"\+\d[\d ]*")
"""A telephone number may begin with a plus."""
WRITTEN = re.compile(r"\+?[\d() ./-]*\d")
BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets take UTF-8 for the old encoding of the computer."""


def lines(rows: Sequence[Sequence[Any]]) -> str:
    """CSV with commas, every cell harmless."""
    text = io.StringIO()
    csv.writer(text).writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue()


def harmless(cell: Any) -> Any:
    """The cell with an apostrophe wherever a spreadsheet would take it, or a part of it, for a formula."""
    if not isinstance(cell, str) or NUMBER.fullmatch(cell):
        return cell
    return FORMULA.sub(r"\1'", re.sub(r"[\t\r\n\v\f]", " ", cell))


def number_as_text(shown: str) -> str:
    """A telephone number in groups: one without spaces would become a quantity, without its plus or leading zeros."""
    if not WRITTEN.fullmatch(shown):
        return shown
    groups = re.findall(r"\d+", shown)
    if len(groups) == 1:
        groups = [groups[0][at : at + 3] for at in range(0, len(groups[0]), 3)]
    return ("+" if shown.startswith("+") else "") + " ".join(groups)

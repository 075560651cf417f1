"""Text that comes from files and pipes, as editors and shells of all systems write it."""

import codecs
from pathlib import Path
from typing import TextIO

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""What Windows puts before a text, and what follows it."""


def decoded(raw: bytes) -> str:
    """UTF-8, or what the mark before it says; lines end with a newline alone. Raises UnicodeDecodeError."""
    encoding = next((name for mark, name in MARKS if raw.startswith(mark)), "utf-8")
    return raw.decode(encoding).replace("\r\n", "\n")


def read(path: Path) -> str:
    """A whole file. Raises OSError or UnicodeDecodeError."""
    return decoded(path.read_bytes())


def first_line(stream: TextIO) -> str:
    """One line of a pipe or terminal, without its end. Raises UnicodeDecodeError."""
    raw = stream.buffer.readline()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raw += stream.buffer.read()  # in UTF-16 a line does not end with the byte that ends it in UTF-8
    return decoded(raw).partition("\n")[0].rstrip("\r")

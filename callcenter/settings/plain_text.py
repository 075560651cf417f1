"""Text that comes from files and pipes, as editors and shells of all systems write it."""

from pathlib import Path
from typing import TextIO

ENCODING = "utf-8-sig"
"""UTF-8, with or without the mark that Windows puts before it."""


def decoded(raw: bytes) -> str:
    """The text with lines that end as they do here. Raises UnicodeDecodeError, also for UTF-16."""
    return raw.decode(ENCODING).replace("\r\n", "\n")


def read(path: Path) -> str:
    """A whole file. Raises OSError or UnicodeDecodeError."""
    return decoded(path.read_bytes())


def first_line(stream: TextIO) -> str:
    """One line of a pipe or terminal, without its end. Raises UnicodeDecodeError."""
    return decoded(stream.buffer.readline()).rstrip("\r\n")

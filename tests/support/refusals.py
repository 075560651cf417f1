"""Refusals, as those who are refused read them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from callcenter.platform.errors import Refusal
from callcenter.platform.words.refusals import said


@contextmanager
def refused(kind: type[Refusal], words: str) -> Iterator[None]:
    """What is done inside is refused with this kind, in English words in which the regular expression is found."""
    with pytest.raises(kind) as caught:
        yield
    assert re.search(words, said(caught.value)), said(caught.value)

"""The message catalogues: English is the source, every folder of ``callcenter/locale`` is another language."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

SOURCE = "en"
FOLDER = Path(__file__).parents[2] / "locale"
FILE = "LC_MESSAGES/callcenter.po"
LANGUAGES = (SOURCE, *sorted(path.name for path in FOLDER.iterdir() if (path / FILE).is_file()))
"""Codes (ISO 639) of the languages that people can choose."""
LONGEST_HEADER = 200
COOKIE = "callcenter_language"
"""Keeps one's own language in the browser, for the moments before the server has said who is there."""
COOKIE_SECONDS = 400 * 24 * 60 * 60
"""The longest that browsers keep one."""


@lru_cache
def catalogue(language: str) -> Catalog:
    """The messages of a language; an empty catalogue for the source."""
    if language == SOURCE:
        return Catalog(locale=SOURCE)
    with (FOLDER / language / FILE).open("rb") as file:
        return read_po(file, locale=language)


def own_name(language: str) -> str:
    """What a language calls itself."""
    return (Locale.parse(language).get_display_name() or language).capitalize()


def chosen(header: str, own: str | None = None) -> str:
    """The language to speak to a person: the one of their own, else the best of an Accept-Language header."""
    if own in LANGUAGES:
        return str(own)
    return negotiate_locale(_preferred(header), LANGUAGES, sep="-") or SOURCE


def translatable(text: str) -> str:
    """Mark a text as a message to be translated, where it is not said yet. Returns it as it is."""
    return text


def translated(language: str, message: str, context: str | None = None) -> str:
    """A message in a language; the message itself where nobody has translated it."""
    found = catalogue(language).get(message, context)
    return str(found.string) if found is not None and found.string else message


def translated_forms(language: str, one: str, many: str) -> tuple[str, ...]:
    """The forms of a message that counts something, in the order of the language's plural rule."""
    found = catalogue(language).get(one)
    forms = found.string if found is not None else None
    return tuple(forms) if isinstance(forms, tuple) and all(forms) else (one, many)


def filled_in(language: str, text: str, parameters: Mapping[str, Any]) -> str:
    """A translated text with its parameters; numbers as the language writes them."""
    return text.format_map({name: _shown(language, value) for name, value in parameters.items()})


def _shown(language: str, value: Any) -> str:
    return format_decimal(value, locale=language) if isinstance(value, int | float) else str(value)


def _preferred(header: str) -> list[str]:
    """The languages of an Accept-Language header, the dearest first."""
    weighed = []
    for part in header[:LONGEST_HEADER].split(","):
        name, _, weight = part.partition(";")
        try:
            share = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            share = 0.0
        if share > 0 and name.strip():
            weighed.append((-share, name.strip().lower()))
    return [name for _, name in sorted(weighed, key=lambda one: one[0])]

"""Texts of the pages. Pages are compiled before anybody reads them, so a text is an expression that chooses by the
language of the browser it is shown in.

The language is a global of the browser (``SPOKEN``), and no React state: a text then costs a page no hook. When the
language changes, the page is mounted anew (see :mod:`callcenter.entry.language`).
"""

import json
import re
from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex.vars import VarData

from callcenter.platform.words import catalogues
from callcenter.platform.words.catalogues import LANGUAGES, SOURCE

SPOKEN = "globalThis.spoken"
"""Code of the language; undefined, which means English, until the browser has been asked."""
LOCALE = "globalThis.spokenLocale"
"""The same with the reader's region (``de-AT``), for numbers and dates; undefined until the browser has been asked."""
PLACE = re.compile(r"\{(\w+)\}")


def gettext(message: str, **parameters: Any) -> rx.Var[str]:
    """A text. ``{name}`` in it is filled in from a parameter; an integer Var as the language writes numbers."""
    return _by_language(lambda language: _filled(catalogues.translated(language, message), parameters), parameters)


def pgettext(context: str, message: str, **parameters: Any) -> rx.Var[str]:
    """A text whose English word stands for several things; the context says for which."""
    return _by_language(
        lambda language: _filled(catalogues.translated(language, message, context), parameters), parameters
    )


def ngettext(one: str, many: str, count: Any, **parameters: Any) -> rx.Var[str]:
    """A text that counts something: ``{count}`` in it is the number."""
    parameters = {"count": rx.Var.create(count), **parameters}

    def chosen(language: str) -> str:
        forms = [_filled(text, parameters) for text in catalogues.translated_forms(language, one, many)]
        rule = re.sub(r"\bn\b", f"({parameters['count']})", catalogues.catalogue(language).plural_expr)
        return f"[{', '.join(forms)}][Number({rule})]"

    return _by_language(chosen, parameters)


def sentence(message: str, **parts: Any) -> rx.Component:
    """A text with components in it, such as a counting clock; each stands where its language wants it."""
    shown = rx.fragment(*_pieces(catalogues.translated(SOURCE, message), parts))
    for language in LANGUAGES[1:]:
        pieces = rx.fragment(*_pieces(catalogues.translated(language, message), parts))
        shown = rx.cond(rx.Var(f"({SPOKEN} === {language!r})").to(bool), pieces, shown)
    return rx.fragment(shown)


def _pieces(text: str, parts: dict[str, Any]) -> list[Any]:
    """Text and components in turn: ``PLACE`` splits off the name of each part."""
    split = PLACE.split(text)
    return [parts[piece] if at % 2 else piece for at, piece in enumerate(split) if piece]


def _filled(text: str, parameters: dict[str, Any]) -> str:
    """A JavaScript expression for a text with its parameters."""
    pieces = []
    for at, piece in enumerate(PLACE.split(text)):
        if at % 2:
            pieces.append(_shown(parameters[piece]))
        elif piece:
            pieces.append(json.dumps(piece, ensure_ascii=False))
    return f"({' + '.join(pieces)})" if pieces else '""'


def _shown(parameter: Any) -> str:
    value = rx.Var.create(parameter)
    return f"{number(value)}" if value._var_type in (int, float) else f"({value})"


def number(value: rx.Var[Any]) -> rx.Var[str]:
    """A number as the reader writes it: ``1,234`` or ``1.234``."""
    shown = f"new Intl.NumberFormat({LOCALE} ?? {SOURCE!r}).format({value})"
    return rx.Var(shown, _var_data=value._get_all_var_data()).to(str)


def in_unit(value: rx.Var[Any], unit: str) -> rx.Var[str]:
    """A number with its unit, such as ``day`` or ``second``: ``3 days``, ``3 Tage``."""
    manner = json.dumps({"style": "unit", "unit": unit, "unitDisplay": "short"})
    shown = f"new Intl.NumberFormat({LOCALE} ?? {SOURCE!r}, {manner}).format({value})"
    return rx.Var(shown, _var_data=value._get_all_var_data()).to(str)


def _by_language(expression: Callable[[str], str], parameters: dict[str, Any]) -> rx.Var[str]:
    chosen = expression(SOURCE)
    for language in LANGUAGES[1:]:
        here = expression(language)
        if here != chosen:
            chosen = f"({SPOKEN} === {json.dumps(language)} ? {here} : {chosen})"
    data = [rx.Var.create(value)._get_all_var_data() for value in parameters.values()]
    return rx.Var(chosen, _var_data=VarData.merge(*data)).to(str)

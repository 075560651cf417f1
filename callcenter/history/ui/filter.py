"""The filter above the history. Every choice is a new address."""

from typing import Any

import reflex as rx

from callcenter.history.ui import texts as history_texts
from callcenter.history.ui.state import ANY, History, Person
from callcenter.platform.bounds import LONGEST_NUMBER
from callcenter.platform.reflex import list_page
from callcenter.platform.reflex.widgets import in_place, words
from callcenter.telephony.ui import texts as telephony_texts


def _pill(key: str, label: Any) -> rx.Component:
    return rx.el.button(
        in_place(label, label),
        type="button",
        class_name="cp-pill",
        aria_pressed=rx.cond(History.chosen.period == key, "true", "false"),
        on_click=History.choose("period", key),
    )


def _select(label: Any, name: str, every: Any, options: dict[str, Any], *more: Any) -> rx.Component:
    value = getattr(History.chosen, name)
    return list_page.choice(
        label,
        rx.cond(value, value, ANY),
        [(ANY, every), *options.items()],
        lambda chosen: History.choose(name, chosen),
        *more,
        custom_attrs={"data-on": rx.cond(value, "true", "false")},
        id=f"filter-{name}",
    )


def _person(one: rx.Var[Person]) -> rx.Component:
    return rx.el.option(one.name, value=one.id)


def _number() -> rx.Component:
    return rx.form(
        rx.el.div(
            rx.icon("search", size=16, aria_hidden=True),
            rx.el.input(
                name="number",
                type="search",
                default_value=History.chosen.number,
                key=History.chosen.number,
                placeholder=history_texts.NUMBER_HINT,
                aria_label=history_texts.NUMBER,
                class_name="cp-input",
                id="filter-number",
                custom_attrs={"autoComplete": "off", "inputMode": "tel", "enterKeyHint": "search"},
                max_length=LONGEST_NUMBER,
            ),
            class_name="cp-search",
        ),
        rx.el.button(history_texts.FIND, type="submit", class_name="cp-button", custom_attrs={"data-tone": "plain"}),
        on_submit=History.find_number,
        class_name="cp-tools cp-number",
        role="search",
        width="auto",
    )


def _party() -> rx.Component:
    """Whose calls alone are shown; it goes with a click."""
    return rx.el.button(
        history_texts.only_party(rx.el.b(History.party, class_name="cc-num cp-cut")),
        rx.icon("x", size=14, aria_hidden=True),
        type="button",
        class_name="cp-button",
        custom_attrs={"data-tone": "soft"},
        title=history_texts.EVERY_PARTY,
        on_click=History.choose("party", ""),
        id="filter-party",
    )


def _day(label: Any, name: str, value: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        label, rx.el.input(name=name, type="date", default_value=value, key=value, class_name="cp-input")
    )


def _dates() -> rx.Component:
    return rx.form(
        _day(history_texts.FROM, "since", History.chosen.since),
        _day(history_texts.TO, "until", History.chosen.until),
        rx.el.button(history_texts.SHOW, type="submit", class_name="cp-button", custom_attrs={"data-tone": "soft"}),
        rx.cond(
            History.dates_problem,
            rx.el.span(
                rx.icon("circle-alert", size=14, aria_hidden=True),
                words(History.dates_problem, history_texts.DATES_PROBLEM),
                class_name="cp-wrong",
                role="alert",
            ),
        ),
        on_submit=History.choose_dates,
        class_name="cp-dates",
        id="dates",
    )


def filters(supervises: rx.Var[bool]) -> rx.Component:
    everybody = _select(
        telephony_texts.AGENT, "agent", history_texts.ANY_AGENT, {}, rx.foreach(History.people, _person)
    )
    return rx.fragment(
        rx.el.div(
            rx.el.div(
                *[_pill(key, label) for key, label in history_texts.PERIODS.items()],
                class_name="cp-pills",
                role="group",
                aria_label=history_texts.PERIOD,
            ),
            _select(history_texts.DIRECTION, "direction", history_texts.ANY_DIRECTION, history_texts.DIRECTIONS),
            _select(history_texts.RESULT, "status", history_texts.ANY_RESULT, history_texts.RESULTS),
            rx.cond(supervises, everybody),
            _number(),
            rx.cond(History.party, _party()),
            rx.cond(
                History.narrowed,
                rx.button(
                    rx.icon("x", size=15, aria_hidden=True),
                    history_texts.CLEAR_SHORT,
                    on_click=History.clear_filter,
                    variant="soft",
                    color_scheme="gray",
                    size="2",
                    aria_label=history_texts.CLEAR,
                    title=history_texts.CLEAR,
                    id="clear-filter",
                ),
            ),
            class_name="cp-tools",
        ),
        rx.cond(History.chosen.period == "dates", _dates()),
    )

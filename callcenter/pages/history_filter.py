"""The filter above the history. Every choice is a new address."""

from typing import Any

import reflex as rx

from callcenter.components import lists
from callcenter.components import texts_pages as texts
from callcenter.components.parts import in_place, words
from callcenter.domain.bounds import LONGEST_NUMBER
from callcenter.state.history import ANY, History, Person


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
    return lists.choice(
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
                placeholder=texts.NUMBER_HINT,
                aria_label=texts.NUMBER,
                class_name="cp-input",
                id="filter-number",
                custom_attrs={"autoComplete": "off", "inputMode": "tel", "enterKeyHint": "search"},
                max_length=LONGEST_NUMBER,
            ),
            class_name="cp-search",
        ),
        rx.el.button(texts.FIND, type="submit", class_name="cp-button", custom_attrs={"data-tone": "plain"}),
        on_submit=History.find_number,
        class_name="cp-tools cp-number",
        role="search",
        width="auto",
    )


def _party() -> rx.Component:
    """Whose calls alone are shown; it goes with a click."""
    return rx.el.button(
        texts.only_party(rx.el.b(History.party, class_name="cc-num cp-cut")),
        rx.icon("x", size=14, aria_hidden=True),
        type="button",
        class_name="cp-button",
        custom_attrs={"data-tone": "soft"},
        title=texts.EVERY_PARTY,
        on_click=History.choose("party", ""),
        id="filter-party",
    )


def _day(label: Any, name: str, value: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        label, rx.el.input(name=name, type="date", default_value=value, key=value, class_name="cp-input")
    )


def _dates() -> rx.Component:
    return rx.form(
        _day(texts.FROM, "since", History.chosen.since),
        _day(texts.TO, "until", History.chosen.until),
        rx.el.button(texts.SHOW, type="submit", class_name="cp-button", custom_attrs={"data-tone": "soft"}),
        rx.cond(
            History.dates_problem,
            rx.el.span(
                rx.icon("circle-alert", size=14, aria_hidden=True),
                words(History.dates_problem, texts.DATES_PROBLEM),
                class_name="cp-wrong",
                role="alert",
            ),
        ),
        on_submit=History.choose_dates,
        class_name="cp-dates",
        id="dates",
    )


def filters(supervises: rx.Var[bool]) -> rx.Component:
    everybody = _select(texts.AGENT, "agent", texts.ANY_AGENT, {}, rx.foreach(History.people, _person))
    return rx.fragment(
        rx.el.div(
            rx.el.div(
                *[_pill(key, label) for key, label in texts.PERIODS.items()],
                class_name="cp-pills",
                role="group",
                aria_label=texts.PERIOD,
            ),
            _select(texts.DIRECTION, "direction", texts.ANY_DIRECTION, texts.DIRECTIONS),
            _select(texts.RESULT, "status", texts.ANY_RESULT, texts.RESULTS),
            rx.cond(supervises, everybody),
            _number(),
            rx.cond(History.party, _party()),
            rx.cond(
                History.narrowed,
                rx.button(
                    rx.icon("x", size=15, aria_hidden=True),
                    texts.CLEAR_SHORT,
                    on_click=History.clear_filter,
                    variant="soft",
                    color_scheme="gray",
                    size="2",
                    aria_label=texts.CLEAR,
                    title=texts.CLEAR,
                    id="clear-filter",
                ),
            ),
            class_name="cp-tools",
        ),
        rx.cond(History.chosen.period == "dates", _dates()),
    )

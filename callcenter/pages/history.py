"""The calls that were: one's own, for supervisors everybody's."""

import reflex as rx

from callcenter.components import lists, shell
from callcenter.components import texts_pages as texts
from callcenter.components.moments import full_time, minutes, short_time
from callcenter.components.parts import notice, party
from callcenter.components.results import direction_icon, result
from callcenter.domain.agents import Role
from callcenter.pages.history_filter import filters
from callcenter.services.views import CallRowView
from callcenter.state.history import History

ON_LOAD = [History.open_history, History.watch_history]

SUPERVISES = History.me.role != Role.AGENT


def _agent(row: rx.Var[CallRowView]) -> rx.Var[str]:
    return rx.cond(row.agent_name, row.agent_name, texts.NO_AGENT)


def call_back(number: rx.Var[str], shown: rx.Var[str]) -> rx.Component:
    """To the desk, with the number ready to dial."""
    return lists.link(
        rx.icon("phone", size=16, aria_hidden=True),
        href="/?dial=" + lists.in_address(number),
        class_name="cp-icon-link cp-above",
        aria_label=texts.call_back(shown),
        title=texts.call_back(shown),
    )


def _row(row: rx.Var[CallRowView]) -> rx.Component:
    small = rx.el.span(
        short_time(row.start_time), rx.cond(SUPERVISES, rx.fragment(" · ", _agent(row))), class_name="cp-more"
    )
    return rx.el.tr(
        rx.el.td(
            rx.el.span(
                direction_icon(row.direction),
                rx.el.span(
                    lists.link(
                        party(row.caller_display),
                        href=f"/call?id={row.id}",
                        class_name="cp-open cc-num",
                        custom_attrs={"data-row": row.id},
                    ),
                    small,
                ),
                class_name="cp-party",
            )
        ),
        rx.el.td(result(row.status, row.reason)),
        rx.cond(SUPERVISES, rx.el.td(_agent(row), class_name="cp-hide-2")),
        rx.el.td(short_time(row.start_time), class_name="cc-num cp-hide-2", title=full_time(row.start_time)),
        rx.el.td(minutes(row.waited), class_name="cc-num cp-right cp-quiet cp-hide-1"),
        rx.el.td(rx.cond(row.duration > 0, minutes(row.duration), "–"), class_name="cc-num cp-right"),
        rx.el.td(rx.cond(row.call_back, call_back(row.call_back, row.caller_display)), class_name="cp-tight"),
        key=row.id.to_string(),
    )


def _table() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.caption(rx.cond(SUPERVISES, texts.EVERYBODYS, texts.MINE), class_name="cc-hidden"),
            rx.el.thead(
                rx.el.tr(
                    lists.column(texts.NUMBER),
                    lists.column(texts.RESULT),
                    rx.cond(SUPERVISES, lists.column(texts.AGENT, "cp-hide-2")),
                    lists.column(texts.STARTED, "cp-hide-2"),
                    lists.column(texts.WAITED, "cp-right cp-hide-1"),
                    lists.column(texts.DURATION, "cp-right"),
                    lists.column(rx.el.span(texts.CALL_BACK, class_name="cc-hidden"), "cp-tight"),
                )
            ),
            rx.el.tbody(rx.foreach(History.rows, _row), custom_attrs=lists.row_keys()),
            class_name="cp-table",
            id="calls",
        ),
        rx.el.div(class_name="cc-grow"),
        _pages(),
        class_name="cp-panel",
    )


def _pages() -> rx.Component:
    return rx.el.nav(
        rx.el.span(texts.KEYS_HINT, class_name="cp-hide-2"),
        rx.el.span(class_name="cc-spacer"),
        rx.cond(
            History.newest,
            lists.link_button(rx.icon("chevrons-left", size=16, aria_hidden=True), texts.NEWEST, href=History.newest),
        ),
        rx.cond(
            History.older,
            lists.link_button(texts.OLDER, rx.icon("chevron-right", size=16, aria_hidden=True), href=History.older),
        ),
        class_name="cp-foot",
        aria_label=texts.PAGES,
    )


def _nothing() -> rx.Component:
    newest = rx.cond(
        History.newest,
        lists.link_button(texts.NEWEST, href=History.newest),
        rx.button(texts.CLEAR, on_click=History.clear_filter, variant="soft", size="2"),
    )
    return rx.el.div(
        rx.cond(
            History.narrowed | (History.newest != ""),
            lists.empty("search-x", texts.NO_MATCH_TITLE, texts.NO_MATCH_TEXT, newest, id="no-calls"),
            lists.empty("phone", texts.NO_CALLS_TITLE, texts.NO_CALLS_TEXT, id="no-calls"),
        ),
        class_name="cp-panel",
    )


def _content() -> rx.Component:
    unreadable = rx.cond(
        History.problem == "unreachable",
        lists.broken(History.open_history, texts.UNREACHABLE_ONCE),
        lists.empty(
            "circle-alert",
            texts.NOT_SHOWN_TITLE,
            History.problem,
            rx.button(texts.CLEAR, on_click=History.clear_filter, variant="soft", size="2"),
            tone="bad",
            role="alert",
        ),
    )
    known = rx.cond(History.rows.length() > 0, _table(), _nothing())
    first = (History.rows.length() == 0) & History.loading
    return rx.cond(
        History.problem,
        rx.el.div(unreadable, class_name="cp-panel"),
        rx.cond(
            first,
            rx.el.div(lists.waiting(12, "34px"), class_name="cp-panel"),
            rx.el.div(
                known,
                class_name=rx.cond(History.loading, "cp-fill cp-dim", "cp-fill"),
                aria_busy=History.loading,
            ),
        ),
    )


def history() -> rx.Component:
    export = rx.cond(
        History.rows.length() > 0,
        lists.file_link(
            rx.icon("download", size=16, aria_hidden=True),
            texts.CSV,
            href=History.csv,
            title=texts.CSV_TITLE,
            name="calls.csv",
            id="export",
        ),
    )
    newer = rx.el.div(
        rx.cond(
            History.newer,
            rx.button(
                rx.icon("arrow-up", size=16, aria_hidden=True),
                texts.NEWER,
                on_click=History.open_history,
                variant="soft",
                size="2",
                id="newer",
            ),
        ),
        role="status",
        class_name="cp-live",
    )
    return shell.shell(
        lists.page(
            lists.head(texts.HISTORY, newer, export, under=rx.cond(SUPERVISES, texts.EVERYBODYS, texts.MINE)),
            filters(SUPERVISES),
            rx.cond(
                History.left_out,
                notice(
                    rx.el.span(texts.left_out(rx.el.b(History.left_out))),
                    class_name="cc-inset",
                    role="status",
                    id="left-out",
                ),
            ),
            _content(),
            label=texts.HISTORY,
            id="history",
        ),
        title=texts.HISTORY,
        current="/history",
    )

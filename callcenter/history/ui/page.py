"""The calls that were: one's own, for supervisors everybody's."""

import reflex as rx

from callcenter.accounts.ui import texts as accounts_texts
from callcenter.core.domain.agents import Role
from callcenter.entry import page_frame
from callcenter.entry.party import party
from callcenter.history.ui import texts as history_texts
from callcenter.history.ui.filter import filters
from callcenter.history.ui.results import direction_icon, result
from callcenter.history.ui.state import History
from callcenter.history.views import CallRowView
from callcenter.platform.reflex import list_page
from callcenter.platform.reflex.datetime_format import full_time, minutes, short_time
from callcenter.platform.reflex.widgets import notice
from callcenter.telephony.ui import texts as telephony_texts

ON_LOAD = [History.open_history, History.watch_history]

SUPERVISES = History.me.role != Role.AGENT


def _agent(row: rx.Var[CallRowView]) -> rx.Var[str]:
    return rx.cond(row.agent_name, row.agent_name, telephony_texts.NO_AGENT)


def call_back(number: rx.Var[str], shown: rx.Var[str]) -> rx.Component:
    """To the desk, with the number ready to dial."""
    return list_page.link(
        rx.icon("phone", size=16, aria_hidden=True),
        href="/?dial=" + list_page.in_address(number),
        class_name="cp-icon-link cp-above",
        aria_label=history_texts.call_back(shown),
        title=history_texts.call_back(shown),
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
                    list_page.link(
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
            rx.el.caption(rx.cond(SUPERVISES, history_texts.EVERYBODYS, history_texts.MINE), class_name="cc-hidden"),
            rx.el.thead(
                rx.el.tr(
                    list_page.column(history_texts.NUMBER),
                    list_page.column(history_texts.RESULT),
                    rx.cond(SUPERVISES, list_page.column(telephony_texts.AGENT, "cp-hide-2")),
                    list_page.column(history_texts.STARTED, "cp-hide-2"),
                    list_page.column(history_texts.WAITED, "cp-right cp-hide-1"),
                    list_page.column(history_texts.DURATION, "cp-right"),
                    list_page.column(rx.el.span(history_texts.CALL_BACK, class_name="cc-hidden"), "cp-tight"),
                )
            ),
            rx.el.tbody(rx.foreach(History.rows, _row), custom_attrs=list_page.row_keys()),
            class_name="cp-table",
            id="calls",
        ),
        rx.el.div(class_name="cc-grow"),
        _pages(),
        class_name="cp-panel",
    )


def _pages() -> rx.Component:
    return rx.el.nav(
        rx.el.span(history_texts.KEYS_HINT, class_name="cp-hide-2"),
        rx.el.span(class_name="cc-spacer"),
        rx.cond(
            History.newest,
            list_page.link_button(
                rx.icon("chevrons-left", size=16, aria_hidden=True), history_texts.NEWEST, href=History.newest
            ),
        ),
        rx.cond(
            History.older,
            list_page.link_button(
                history_texts.OLDER, rx.icon("chevron-right", size=16, aria_hidden=True), href=History.older
            ),
        ),
        class_name="cp-foot",
        aria_label=history_texts.PAGES,
    )


def _nothing() -> rx.Component:
    newest = rx.cond(
        History.newest,
        list_page.link_button(history_texts.NEWEST, href=History.newest),
        rx.button(history_texts.CLEAR, on_click=History.clear_filter, variant="soft", size="2"),
    )
    return rx.el.div(
        rx.cond(
            History.narrowed | (History.newest != ""),
            list_page.empty(
                "search-x", history_texts.NO_MATCH_TITLE, history_texts.NO_MATCH_TEXT, newest, id="no-calls"
            ),
            list_page.empty("phone", history_texts.NO_CALLS_TITLE, history_texts.NO_CALLS_TEXT, id="no-calls"),
        ),
        class_name="cp-panel",
    )


def _content() -> rx.Component:
    unreadable = rx.cond(
        History.problem == "unreachable",
        list_page.broken(History.open_history, accounts_texts.UNREACHABLE_ONCE),
        list_page.empty(
            "circle-alert",
            history_texts.NOT_SHOWN_TITLE,
            History.problem,
            rx.button(history_texts.CLEAR, on_click=History.clear_filter, variant="soft", size="2"),
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
            rx.el.div(list_page.waiting(12, "34px"), class_name="cp-panel"),
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
        list_page.file_link(
            rx.icon("download", size=16, aria_hidden=True),
            history_texts.CSV,
            href=History.csv,
            title=history_texts.CSV_TITLE,
            name="calls.csv",
            id="export",
        ),
    )
    newer = rx.el.div(
        rx.cond(
            History.newer,
            rx.button(
                rx.icon("arrow-up", size=16, aria_hidden=True),
                history_texts.NEWER,
                on_click=History.open_history,
                variant="soft",
                size="2",
                id="newer",
            ),
        ),
        role="status",
        class_name="cp-live",
    )
    return page_frame.shell(
        list_page.page(
            list_page.head(
                history_texts.HISTORY,
                newer,
                export,
                under=rx.cond(SUPERVISES, history_texts.EVERYBODYS, history_texts.MINE),
            ),
            filters(SUPERVISES),
            rx.cond(
                History.left_out,
                notice(
                    rx.el.span(history_texts.left_out(rx.el.b(History.left_out))),
                    class_name="cc-inset",
                    role="status",
                    id="left-out",
                ),
            ),
            _content(),
            label=history_texts.HISTORY,
            id="history",
        ),
        title=history_texts.HISTORY,
        current="/history",
    )

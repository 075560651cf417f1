"""Pages and their states compare with the members of an enum, and have a word for each of them."""

import ast
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from callcenter.accounts.ui import texts as accounts_texts
from callcenter.core.domain.agent_state import Doing
from callcenter.core.domain.agents import AgentStatus, NotReadyReason, Presence, Role, Routable, Session, Work
from callcenter.core.domain.calls import CallDirection, CallEventKind, CallState, CallStatus, EndedBy
from callcenter.desk.ui import texts as desk_texts
from callcenter.history.ui import texts as history_texts
from callcenter.team.ui import texts as team_texts
from callcenter.workspace.tab.desk_screen import Scene
from callcenter.workspace.ui import texts as workspace_texts

PRODUCT = Path(__file__).resolve().parents[2] / "callcenter"
PLACES = ("*/ui/*.py", "workspace/*/*.py", "entry/*.py", "platform/reflex/*.py", "*/api.py", "*/*_api.py")
FILES = sorted({file for place in PLACES for file in PRODUCT.glob(place)})
KINDS: dict[str, tuple[type[StrEnum], ...]] = {
    "presence": (Presence,),
    "next_presence": (Presence,),
    "presence_reason": (NotReadyReason,),
    "work": (Work,),
    "routable": (Routable,),
    "session": (Session,),
    "status": (AgentStatus, CallStatus),
    "state": (CallState,),
    "direction": (CallDirection,),
    "role": (Role,),
    "kind": (CallEventKind,),
    "ended_by": (EndedBy,),
    "doing": (Doing,),
    "scene": (Scene,),
}
"""By the name of an attribute, what its words are members of."""


def bare_words(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines that compare an attribute, or match it, with a string that is the value of a member."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            yield from _in(node, [side for side in sides if isinstance(side, ast.Attribute)], sides)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "match":
            subject, *cases = node.args
            keys = [case.elts[0] for case in cases if isinstance(case, ast.Tuple)]
            yield from _in(node, [subject] if isinstance(subject, ast.Attribute) else [], keys)


def _in(node: ast.expr, attributes: Iterable[ast.Attribute], sides: Iterable[ast.expr]) -> Iterator[tuple[int, str]]:
    values = {one.value for named in attributes for kind in KINDS.get(named.attr, ()) for one in kind}
    for side in sides:
        for word in ast.walk(side):
            if isinstance(word, ast.Constant) and word.value in values:
                yield node.lineno, str(word.value)


@pytest.mark.parametrize(
    "source",
    [
        'view.presence == "available"',
        '"idle" != one.view.work',
        'view.call.state in ("queued", "connected")',
        'rx.match(Desk.view.presence, ("available", 1), 2)',
    ],
)
def test_a_bare_word_is_found(source: str) -> None:
    assert list(bare_words(ast.parse(source)))


def test_no_page_compares_with_a_bare_word_where_there_is_an_enum() -> None:
    found = {f"{file.name}:{line}: {word}" for file in FILES for line, word in bare_words(ast.parse(file.read_text()))}
    assert len(FILES) > 60, "all are looked at"
    assert not found


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (team_texts.REASONS, NotReadyReason),
        (workspace_texts.WORK, Work),
        (desk_texts.ENDED_BY, EndedBy),
        (desk_texts.EVENTS, CallEventKind),
        (desk_texts.STATUSES, CallStatus),
        (workspace_texts.SAY, Scene),
        (accounts_texts.STATUS, AgentStatus),
        (team_texts.DOING, Doing),
        (team_texts.GROUP_EMPTY, AgentStatus),
        (accounts_texts.ROLES, Role),
        (accounts_texts.ROLE_RULES, Role),
        (history_texts.DIRECTIONS, CallDirection),
        (history_texts.RESULTS, CallStatus),
        (history_texts.ENDERS, EndedBy),
        (history_texts.EVENTS, CallEventKind),
    ],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)
def test_there_are_words_for_every_member(table: dict[str, str], kind: type[StrEnum]) -> None:
    assert set(table) == {one.value for one in kind}


def test_there_are_words_for_every_reason_why_no_calls_come() -> None:
    assert set(workspace_texts.ROUTABLE) == set(Routable) - {Routable.OK}

"""Pages and their states compare with the members of an enum, and have a word for each of them."""

import ast
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from callcenter.components import texts, texts_pages
from callcenter.domain.agent_state import Doing
from callcenter.domain.agents import AgentStatus, NotReadyReason, Presence, Role, Routable, Session, Work
from callcenter.domain.calls import CallDirection, CallEventKind, CallState, CallStatus, EndedBy
from callcenter.state.scene import Scene

PRODUCT = Path(__file__).resolve().parents[2] / "callcenter"
FILES = sorted(file for folder in ("state", "components", "pages", "api") for file in (PRODUCT / folder).glob("*.py"))
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
        (texts.REASONS, NotReadyReason),
        (texts.WORK, Work),
        (texts.ENDED_BY, EndedBy),
        (texts.EVENTS, CallEventKind),
        (texts.STATUSES, CallStatus),
        (texts.SAY, Scene),
        (texts_pages.STATUS, AgentStatus),
        (texts_pages.DOING, Doing),
        (texts_pages.GROUP_EMPTY, AgentStatus),
        (texts_pages.ROLES, Role),
        (texts_pages.ROLE_RULES, Role),
        (texts_pages.DIRECTIONS, CallDirection),
        (texts_pages.RESULTS, CallStatus),
        (texts_pages.ENDERS, EndedBy),
        (texts_pages.EVENTS, CallEventKind),
    ],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)
def test_there_are_words_for_every_member(table: dict[str, str], kind: type[StrEnum]) -> None:
    assert set(table) == {one.value for one in kind}


def test_there_are_words_for_every_reason_why_no_calls_come() -> None:
    assert set(texts.ROUTABLE) == set(Routable) - {Routable.OK}

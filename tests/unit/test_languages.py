"""Every text is a message, and every language has all of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
from babel.messages.catalog import Message

from callcenter import bootstrap  # brings every refusal with it
from callcenter.cli.environment import ROOT
from callcenter.core.domain.agents import SYSTEM, AgentStatus
from callcenter.core.domain.calls import CallDirection, CallStatus
from callcenter.core.domain.errors import NumberInvalid
from callcenter.dialing.errors import CountryNotAllowed
from callcenter.entry.party import party
from callcenter.history.service import COLUMNS
from callcenter.platform.errors import InvalidInput, Refusal
from callcenter.platform.reflex import messages
from callcenter.platform.words import catalogues, refusals
from callcenter.platform.words.catalogues import LANGUAGES, SOURCE, chosen
from callcenter.platform.words.columns import HEADS
from callcenter.telephony.lines_in_words import lines_in_words
from callcenter.telephony.views import LinesView, RefusalView, RefusedCountView
from tests.builders import Centre
from tools import words as tool

OTHERS = [language for language in LANGUAGES if language != SOURCE]
SOURCES = ROOT / "callcenter"
SHOWN = sorted(
    path for folder in ("*/ui", "entry", "workspace/*", "platform/reflex") for path in SOURCES.glob(f"{folder}/*.py")
)
LAYER = re.compile(r"texts\.py|api_\w+\.py")
SENTENCE = re.compile(r"^[A-Z][a-z']+(?:[ ,:–·…?!.][^(){}=;]*)?$|^[a-z]{2,}(?: [a-z]{2,})+[.…?!]?$")
NO_TEXT = {
    *(one.value for kind in (AgentStatus, CallDirection, CallStatus) for one in kind),
    *("Escape", "Key", "Tracks", "Overlay", "Lasting", "Language", "Result", "Chosen", "Nobody", "Event", "Events"),
}
"""Words of the code, such as the name of a key or of a type."""


def placeholders(text: str) -> set[str]:
    return set(messages.PLACE.findall(text))


def forms(message: Message) -> list[tuple[str, str]]:
    """Each translated form of a message beside the English one with the same number."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return [(message.id[min(at, 1)], form) for at, form in enumerate(message.string or ())]


@pytest.mark.parametrize("language", OTHERS)
class TestACatalogue:
    def test_has_every_message_of_the_sources_and_no_other(self, language: str) -> None:
        wanted = {(one.id, one.context) for one in tool.messages() if one.id}
        catalogue = catalogues.catalogue(language)
        assert {(one.id, one.context) for one in catalogue if one.id} == wanted, "run: make words"
        assert not catalogue.obsolete

    def test_has_a_translation_of_each_and_none_that_is_in_doubt(self, language: str) -> None:
        found = [one for one in catalogues.catalogue(language) if one.id]
        assert [one.id for one in found if not tool.is_translated(one) or one.fuzzy] == []

    def test_fills_in_what_the_english_message_fills_in(self, language: str) -> None:
        found = [pair for one in catalogues.catalogue(language) if one.id for pair in forms(one)]
        assert [pair for pair in found if placeholders(pair[0]) != placeholders(pair[1])] == []

    def test_has_all_plural_forms(self, language: str) -> None:
        catalogue = catalogues.catalogue(language)
        counted = [one for one in catalogue if one.pluralizable]
        assert counted
        assert {len(one.string or ()) for one in counted} == {catalogue.num_plurals}

    def test_is_as_the_tool_writes_it(self, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A change of a message then shows as that change alone."""
        before = (tool.LOCALE / language / tool.FILE).read_text()
        monkeypatch.setattr(tool, "LOCALE", tmp_path)
        tool.write(language, catalogues.catalogue(language))
        assert (tmp_path / language / tool.FILE).read_text() == before


def literals(source: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module that could be text for people: neither docstrings nor parts of an expression."""
    tree = ast.parse(source.read_text())
    passed_over: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.JoinedStr):
            inside = node.values if isinstance(node, ast.JoinedStr) else node.body
            passed_over |= {id(one.value if isinstance(one, ast.Expr) else one) for one in inside}
        if isinstance(node, ast.Expr):
            passed_over.add(id(node.value))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("logger.", "self._watch")):
            passed_over |= {id(one) for one in ast.walk(node)}
        if isinstance(node, ast.Raise):
            passed_over |= {id(one) for one in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed_over:
            yield node.lineno, node.value


@pytest.mark.parametrize("source", SHOWN, ids=lambda path: str(path.relative_to(SOURCES)))
def test_no_text_for_people_stands_outside_the_layer(source: Path) -> None:
    if LAYER.fullmatch(source.name):
        return
    found = [(line, text) for line, text in literals(source) if SENTENCE.match(text) and text not in NO_TEXT]
    logged = "could not be read" if source.name.endswith(("state.py", "broadcast.py")) else "\0"
    assert [(line, text) for line, text in found if not text.endswith(logged)] == []


def test_a_text_outside_the_layer_would_be_noticed() -> None:
    assert all(SENTENCE.match(text) for text in ("Sign out", "Keypad", "No callers waiting.", "ready in"))
    assert not any(SENTENCE.match(text) for text in ("cc-num cp-cut", "found.click()", "onKeyDown", "in_progress"))


def kinds_of(refusal: type[Refusal]) -> Iterator[type[Refusal]]:
    yield refusal
    for kind in refusal.__subclasses__():
        yield from kinds_of(kind)


KINDS = {kind.__name__: kind for kind in kinds_of(Refusal)}
assert bootstrap


def raised() -> Iterator[tuple[str, str, set[str]]]:
    """Every refusal that is made somewhere: the name of its class, the reason, and the names of its parameters."""
    for source in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                reason = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
                yield node.func.id, str(reason), {str(one.arg) for one in node.keywords}


class TestRefusals:
    @pytest.mark.parametrize("kind", [Refusal, *Refusal.__subclasses__()], ids=lambda kind: str(kind.__name__))
    def test_each_kind_has_words(self, kind: type[Refusal]) -> None:
        assert kind.code in refusals.WORDS or f"{kind.code}.operator" in refusals.WORDS

    def test_each_reason_has_words_with_its_parameters(self) -> None:
        made = [one for one in raised() if one[1]]
        assert len(made) > 30
        for name, reason, parameters in made:
            text = refusals.WORDS[f"{KINDS[name].code}.{reason}"]
            assert placeholders(text) == parameters, (name, reason)

    def test_no_words_are_for_a_reason_that_nobody_gives(self) -> None:
        given = {f"{KINDS[name].code}.{reason}" for name, reason, _ in raised()}
        spoken = {key for key in refusals.WORDS if "." in key and not key.endswith(".operator")}
        assert spoken - given == {"number_invalid.keys_later", "number_invalid.keys_never"}, "chosen by a setting"

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("key", refusals.WORDS)
    def test_each_can_be_said_in_each_language(self, key: str, language: str) -> None:
        code, _, reason = key.partition(".")
        given: dict[str, Any] = dict.fromkeys(placeholders(refusals.WORDS[key]), 12) | {"country": "AT"}
        text = refusals.words_of(code, reason, given, language)
        assert text
        assert not placeholders(text)

    def test_a_country_is_named_in_the_language_of_whoever_is_refused(self) -> None:
        refusal = CountryNotAllowed("named", country="AT")
        assert "Austria" in refusals.said(refusal)
        assert "Österreich" in refusals.said(refusal, "de")

    def test_a_number_stands_in_them_as_the_language_writes_it(self) -> None:
        refusal = InvalidInput("password_too_long", longest=1280)
        assert "1,280" in refusals.said(refusal)
        assert "1.280" in refusals.said(refusal, "de")

    def test_what_was_typed_is_not_taken_for_a_place_to_fill(self) -> None:
        assert "“{number}”" in refusals.said(NumberInvalid("too_short", number="{number}"))

    def test_a_code_of_another_version_is_said_as_any_refusal(self) -> None:
        assert refusals.words_of("odd", "odd", {}) == refusals.WORDS["refused"]


def test_administrators_read_what_an_agent_was_told_in_their_own_language() -> None:
    new = RefusalView(rule="number_invalid", reason="too_short", parameters={"number": "12"})
    old = RefusalView(rule="number_invalid", text="As it was said.")
    view = LinesView(refused=[RefusedCountView("no_rule", count=2)], refusals=[new, old])
    said = lines_in_words(view, "de")
    assert [one.text for one in said.refusals] == ["„12“ ist zu kurz für eine Telefonnummer.", "As it was said."]
    assert said.refused[0].text == "Keine Dispatch-Regel nimmt den Anruf an"


def test_every_column_of_a_file_has_a_head() -> None:
    assert tuple(HEADS) == COLUMNS


@pytest.mark.parametrize(
    ("header", "own", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "", "de"),
        ("fr,en-GB;q=0.7,de;q=0.5", None, "en"),
        ("fr;q=0.9, de ;q=0.8", None, "de"),
        ("en;q=0.1,de;q=0", None, "en"),
        ("nonsense;;;q=x,,;", None, "en"),
        ("de" * 5000, None, "en"),
        ("", None, "en"),
        ("de", "en", "en"),
        ("en", "de", "de"),
        ("de", "xx", "de"),
    ],
)
def test_ones_own_language_goes_before_the_browsers(header: str, own: str | None, language: str) -> None:
    assert chosen(header, own) == language


def test_a_text_on_a_page_chooses_in_the_browser() -> None:
    assert f"{messages.gettext('Sign out')!s}" == '(globalThis.spoken === "de" ? ("Abmelden") : ("Sign out"))'


def test_a_text_that_is_the_same_everywhere_chooses_nothing() -> None:
    assert str(messages.gettext("Softphone")) == '("Softphone")'


def test_a_text_that_counts_has_the_plural_forms_of_each_language() -> None:
    shown = str(messages.ngettext("{count} waiting", "{count} waiting", rx.Var("n_waiting").to(int)))
    assert "Number(((n_waiting) != 1))" in shown
    assert '" wartet"' in shown
    assert '" warten"' in shown


async def test_a_language_without_a_catalogue_cannot_be_chosen(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    with pytest.raises(InvalidInput):
        await centre.services.accounts.choose_language(anna, "xx")
    assert (await centre.desk(anna)).me.language == ""


async def test_ones_own_language_is_kept_and_on_record(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    for language in ("de", ""):
        await centre.services.accounts.choose_language(anna, language)
        assert (await centre.desk(anna)).me.language == language
    log = await centre.services.audit.list(SYSTEM, limit=5)
    assert [(one.action, one.by, one.detail) for one in log] == [
        ("account.language_chosen", "anna", {"language": ""}),
        ("account.language_chosen", "anna", {"language": "de"}),
    ]


def test_a_withheld_number_is_said_in_the_language_of_the_page() -> None:
    assert '"Unbekannte Nummer"' in str(party(rx.Var("shown").to(str)))

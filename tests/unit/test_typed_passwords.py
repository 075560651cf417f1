"""A password is the same whatever keyboard typed it and whichever way it came in."""

import io
import sys
import unicodedata
from collections.abc import Callable

import bcrypt
import pytest

from callcenter.accounts import cli as commands
from callcenter.accounts import passwords
from callcenter.accounts.authentication import AuthService
from callcenter.accounts.errors import WrongCredentials
from callcenter.bootstrap import set_services
from callcenter.cli import main
from callcenter.core.domain.agents import SYSTEM, Actor, Role
from callcenter.entry.with_services import run
from callcenter.platform.errors import InvalidInput, Problem
from callcenter.platform.registry import the
from callcenter.settings import get_settings
from tests.builders import PASSWORD, Centre
from tests.support.refusals import refused

ADDRESS = "198.51.100.7"
GREY = "grey heron by the pond 74"
ACCENTS = "vier müde Störche über Łódź, café"
COMPOSED, APART = (unicodedata.normalize(form, ACCENTS) for form in ("NFC", "NFD"))
HANGUL = "한국어 비밀번호 열두 글자"


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Standard input is a pipe with these bytes in it."""

    def pipe(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="\n"))

    return pipe


@pytest.mark.parametrize(
    "content",
    [
        f"{GREY}\n".encode(),
        f"{GREY}\r\n".encode(),
        GREY.encode(),
        f"\ufeff{GREY}\r\n".encode(),
        f"{GREY}\r\nand another line\r\n".encode(),
    ],
    ids=["a line", "a Windows line", "no end", "a byte order mark", "more lines"],
)
def test_a_password_from_a_pipe_is_its_first_line(content: bytes, piped: Callable[[bytes], None]) -> None:
    piped(content)
    assert commands._password(from_stdin=True) == GREY


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_password_that_is_no_text_is_said_so_without_it(piped: Callable[[bytes], None], encoding: str) -> None:
    piped("größe der störche\r\n".encode(encoding))
    with pytest.raises(Problem, match="UTF-8") as refused:
        commands._password(from_stdin=True)
    assert "st" not in str(refused.value).replace("standard", "")


@pytest.mark.parametrize("add_or_reset", ["add", "reset"])
def test_a_password_piped_with_a_windows_line_end_signs_in(
    database_url: str, piped: Callable[[bytes], None], add_or_reset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"DEBUG": "true", "DATABASE_URL": database_url, "SECRET_KEY": "a secret for tests only 0123456789abcdef"}
    for name, value in (given | {"LIVEKIT_URL": "http://127.0.0.1:9"}).items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    piped(f"{GREY}\r\n".encode() if add_or_reset == "add" else b"nine green ladders on the roof\n")
    set_services(None)
    with pytest.raises(SystemExit):
        main(["accounts", "add", "probe", "--password-stdin"])
    if add_or_reset == "reset":
        piped(f"{GREY}\r\n".encode())
        with pytest.raises(SystemExit):
            main(["accounts", "reset", "probe", "--password-stdin"])

    async def signed_in() -> str:
        return (await the(AuthService).sign_in("probe", GREY, ADDRESS, "api")).actor.username

    assert run(signed_in) == "probe"
    get_settings.cache_clear()


async def add(centre: Centre, password: str) -> None:
    await centre.services.accounts.add(SYSTEM, "dora", password, "Dora", Role.AGENT)


async def sign_in(centre: Centre, password: str) -> Actor:
    return (await centre.services.auth.sign_in("dora", password, ADDRESS, "desk")).actor


@pytest.mark.parametrize("set_as", ["NFC", "NFD"])
@pytest.mark.parametrize("typed_as", ["NFC", "NFD"])
@pytest.mark.parametrize("text", [ACCENTS, HANGUL, ACCENTS + "ü" * 80], ids=["accents", "hangul", "long"])
async def test_composed_and_combined_accents_are_one_password(
    centre: Centre, set_as: str, typed_as: str, text: str
) -> None:
    await add(centre, unicodedata.normalize(set_as, text))  # type: ignore[arg-type]
    await sign_in(centre, unicodedata.normalize(typed_as, text))  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", [COMPOSED, APART])
@pytest.mark.parametrize("kept", [COMPOSED, APART])
async def test_a_password_that_was_kept_as_it_was_typed_still_signs_in(centre: Centre, kept: str, typed: str) -> None:
    """As every version before did, whichever way the keyboard of that day composed it."""
    assert await passwords.matches(typed, bcrypt.hashpw(kept.encode()[:72], bcrypt.gensalt()).decode())


async def test_a_space_that_cannot_be_broken_is_a_space(centre: Centre) -> None:
    """A Mac types one with Option+Space."""
    await add(centre, GREY.replace(" ", "\u00a0"))
    await sign_in(centre, GREY)
    await sign_in(centre, GREY.replace(" ", "\u00a0"))


async def test_case_and_width_still_matter(centre: Centre) -> None:
    await add(centre, GREY)
    for other in (GREY.upper(), GREY.replace("7", "\uff17"), GREY.replace("e", "é")):
        with pytest.raises(WrongCredentials):
            await sign_in(centre, other)


async def test_a_new_password_in_another_form_is_the_old_one(centre: Centre) -> None:
    await add(centre, COMPOSED)
    actor = await sign_in(centre, APART)
    with refused(InvalidInput, "the one you have"):
        await centre.services.sign_ins.change_password(actor, APART, COMPOSED, ADDRESS)


@pytest.mark.parametrize(
    ("typed", "looks"), [(PASSWORD, 1), ("a wrong password", 1), (COMPOSED, 2), (APART, 2), ("a wröng pässword", 2)]
)
async def test_only_a_password_with_accents_costs_more_than_one_look(
    typed: str, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And as many for an unknown user as for a wrong password."""
    checkpw, seen = bcrypt.checkpw, []

    def counted(password: bytes, kept: bytes) -> bool:
        seen.append(password)
        return checkpw(password, kept)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    known = bcrypt.hashpw(b"something else altogether", bcrypt.gensalt()).decode()
    for kept in (known, None):
        seen.clear()
        assert not await passwords.matches(typed, kept)
        assert len(seen) == looks


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("ä" * 9, False),
        (unicodedata.normalize("NFD", "ä" * 9), False),
        (unicodedata.normalize("NFD", "ä" * 128), True),
        (unicodedata.normalize("NFD", "ä" * 129), False),
        ("a" + "\u0301" * 600, False),
    ],
)
def test_a_letter_with_its_accents_counts_once(password: str, fine: bool) -> None:
    if fine:
        passwords.check_rules(password)
        return
    with pytest.raises(InvalidInput):
        passwords.check_rules(password)

"""Accounts from the command line, for whoever has the database anyway."""

import sys
from collections.abc import Awaitable, Callable
from getpass import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from callcenter.core.domain.agents import SYSTEM, Role
from callcenter.entry.with_services import run
from callcenter.platform.errors import Problem
from callcenter.platform.registry import the
from callcenter.settings import get_settings
from callcenter.settings.plain_text import first_line

if TYPE_CHECKING:
    from callcenter.accounts.service import AccountService
    from callcenter.accounts.views import AccountView

DEMO_PASSWORD = "demo-callcenter"
DEMO_ACCOUNTS = (
    ("anna", "Anna Albers", Role.AGENT),
    ("ben", "Ben Brandt", Role.AGENT),
    ("chloe", "Chloe Clausen", Role.AGENT),
    ("sam", "Sam Seidel", Role.SUPERVISOR),
    ("ada", "Ada Adler", Role.ADMIN),
)

accounts = typer.Typer(no_args_is_help=True)
Act = Callable[[], Awaitable[str]]
PasswordOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@accounts.command()
def add(
    name: str,
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.AGENT,
    full_name: Annotated[str, typer.Option(help="As colleagues see it; the user name when left out.")] = "",
    password_stdin: PasswordOption = False,
) -> None:
    """Add an account."""
    password = _password(password_stdin)

    async def act() -> str:
        made = await _service().add(SYSTEM, name, password, full_name or name, role)
        return f"{made.username} ({role}) can sign in now."

    print(run(act))


@accounts.command("list")
def list_() -> None:
    """List all accounts."""

    async def act() -> str:
        found = await _service().list_accounts(SYSTEM)
        return "\n".join(map(_row, found)) or "There is no account yet."

    print(run(act))


@accounts.command()
def disable(name: str) -> None:
    """Keep a person from signing in, and sign them off."""
    print(run(_change(name, "disable", "is disabled.")))


@accounts.command()
def enable(name: str) -> None:
    """Let a person sign in again."""
    print(run(_change(name, "enable", "is enabled.")))


@accounts.command()
def reset(name: str, password_stdin: PasswordOption = False) -> None:
    """Give a person a new password."""
    print(run(_change(name, "reset", "has a new password.", _password(password_stdin))))


@accounts.command("sign-out")
def sign_out(
    name: Annotated[str, typer.Argument(help="Left out with --everybody.")] = "",
    everybody: Annotated[bool, typer.Option("--everybody", help="All accounts.")] = False,
) -> None:
    """End every sign-in of a person, or of all. They can sign in again."""
    if bool(name) == everybody:
        raise Problem("Say whose sign-ins are to end: a user name, or --everybody.")

    async def act() -> str:
        found = await _service().list_accounts(SYSTEM) if everybody else []
        chosen = found or [await _service().find(SYSTEM, name)]
        for account in chosen:
            await _service().sign_out(SYSTEM, account.id)
        return f"{name or len(chosen)} signed out."

    print(run(act))


def seed_demo_accounts() -> bool:
    """Add the demo accounts if the database has no account at all. Tells whether it did."""

    async def act() -> str:
        if not get_settings().debug or await _service().list_accounts(SYSTEM):
            return ""
        for name, full_name, role in DEMO_ACCOUNTS:
            await _service().add(SYSTEM, name, DEMO_PASSWORD, full_name, role)
        return "added"

    return bool(run(act))


def _change(name: str, what: str, outcome: str, *arguments: str) -> Act:
    async def act() -> str:
        account = await _service().find(SYSTEM, name)
        await getattr(_service(), what)(SYSTEM, account.id, *arguments)
        return f"{account.username} {outcome}"

    return act


def _service() -> "AccountService":
    from callcenter.accounts.service import AccountService  # here, so that other commands start fast

    return the(AccountService)


def _row(account: "AccountView") -> str:
    state = "disabled" if account.disabled else account.status
    return f"{account.username:<20} {account.role:<12} {account.full_name:<30} {state}"


def _password(from_stdin: bool) -> str:
    if from_stdin:
        try:
            return first_line(sys.stdin)
        except UnicodeDecodeError:
            raise Problem("The password on standard input is no UTF-8 text. Save it as UTF-8.") from None
    if not sys.stdin.isatty():
        raise Problem(
            "There is no terminal to ask for the password; add --password-stdin and write it to standard input."
        )
    from callcenter.accounts.passwords import prepared  # here, so that other commands start fast

    first = getpass("Password: ")
    if prepared(getpass("Again: ")) != prepared(first):
        raise Problem("The two passwords differ. Try again.")
    return first

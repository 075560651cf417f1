"""The command line: ``python -m callcenter COMMAND``.

Only the module of the command that is asked for gets imported: commands start fast, and one that
is broken leaves the others usable.
"""

import importlib
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import typer

from callcenter.cli.environment import load_environment, load_running_phones
from callcenter.entry import with_services
from callcenter.platform.errors import Problem

COMMANDS = {
    "up": ("callcenter.cli.up:up", "Start everything: the media server and the desk on one port."),
    "serve": ("callcenter.cli.serve:serve", "Serve the desk in production: one process, one port, nothing else."),
    "migrate": ("callcenter.cli.migrate:migrate", "Bring the database to this version."),
    "accounts": ("callcenter.accounts.cli:accounts", "Add, list, disable, enable accounts; reset passwords."),
    "doctor": ("callcenter.cli.doctor:doctor", "Say what is wrong with this system, and how to mend it."),
    "audit": ("callcenter.audit.cli:audit", "Show who did what to whom."),
    "telephony": (
        "callcenter.telephony.cli:telephony",
        "Trunks and rules in LiveKit: apply what is declared, show, check.",
    ),
    "call": ("callcenter.cli.call:call", "Call in as one or many simulated callers."),
    "phone": ("callcenter.cli.phone:phone", "Be the simulated phone that is called."),
    "forget": ("callcenter.history.cli:forget", "Delete the calls of one number."),
    "build": ("callcenter.cli.web_build:build", "Build the web page if its sources changed."),
    "export": ("callcenter.cli.web_build:export", "Build the page and pack frontend.zip and backend.zip."),
    "livekit": ("callcenter.cli.livekit_server:livekit", "Find or build livekit-server and print where it is."),
}
BESIDE_PHONES = ("doctor", "telephony")
"""Commands about the telephones that may be running in another terminal."""


def _services() -> AbstractAsyncContextManager[None]:
    from callcenter.bootstrap import opened  # here, so that commands without services start fast

    return opened()


with_services.open_with(_services)


def assemble(wanted: str | None) -> typer.Typer:
    """The application with the wanted command loaded; with all of them when none is named."""
    app = typer.Typer(
        name="callcenter",
        help="A call centre.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    for name, (target, summary) in COMMANDS.items():
        if wanted in COMMANDS and name != wanted:
            continue
        try:
            found = _load(target)
        except Exception:
            if wanted == name:
                raise
            summary = f"{summary} (not available: it cannot be loaded)"
            found = _unavailable
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, help=summary)
        else:
            app.command(name, short_help=summary)(found)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command. What the user can mend is one line on stderr and exit status 1."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    try:
        if wanted in BESIDE_PHONES:
            load_running_phones()
        load_environment()
        _log()
        assemble(wanted)(args=arguments, prog_name="python -m callcenter")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not _is_for_the_user(error):
            raise
        sys.stderr.write(f"error: {_words(error)}\n")
        sys.exit(1)


def _is_for_the_user(error: Exception) -> bool:
    from callcenter.platform.errors import Refusal
    from callcenter.settings import SettingsError

    return isinstance(error, Problem | SettingsError | Refusal)


def _words(error: Exception) -> str:
    from callcenter.platform.errors import Refusal
    from callcenter.platform.words.refusals import said

    return said(error) if isinstance(error, Refusal) else str(error)


def _log() -> None:
    """What services say while a command runs is for the person at the terminal, unless the settings say otherwise."""
    from callcenter.platform.observability import logging
    from callcenter.settings import get_log_settings

    logging.configure(get_log_settings().model_copy(update={"debug": True}))


def _load(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def _root() -> None:
    """A call centre: agents at their desks, callers on the line."""


def _unavailable() -> None:
    raise Problem("This command cannot be loaded; run it alone to see why.")


__all__: list[str] = ["COMMANDS", "assemble", "main"]

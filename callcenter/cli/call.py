"""``python -m callcenter call``: callers for a demonstration, a test by hand, or load."""

import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from callcenter.cli.simulator import reports, sounds
from callcenter.cli.simulator.campaign import Campaign, Outcome, Plan
from callcenter.cli.simulator.connection import Connection
from callcenter.cli.simulator.numbers import OUR_NUMBER
from callcenter.settings import get_settings


def call(
    callers: Annotated[int, typer.Option(min=1, help="How many call.")] = 1,
    rate: Annotated[float | None, typer.Option(min=0.01, help="New callers per minute.")] = None,
    every: Annotated[float | None, typer.Option(min=0, help="Seconds from one caller to the next (1).")] = None,
    number: Annotated[str, typer.Option("--from", help="The caller's number; else numbers that nobody has.")] = "",
    to: Annotated[str, typer.Option(help="The number that is called.")] = "",
    talk: Annotated[float, typer.Option(min=0, help="Hang up this many seconds after the answer; 0: never.")] = 0,
    patience: Annotated[float, typer.Option(min=0, help="Give up after ringing this long; 0: never.")] = 60,
    audio: Annotated[Path | None, typer.Option(help="Say this WAV file (16 bits) in place of the voice.")] = None,
    tone: Annotated[int | None, typer.Option(help="Send a tone of so many Hz in place of the voice.")] = None,
    loop: Annotated[bool, typer.Option(help="Say it again and again.")] = True,
    lean: Annotated[bool, typer.Option("--lean", help="For load: no silent track while ringing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON for each experience.")] = False,
) -> None:
    """Call in as one or many simulated callers, with sound, and tell what each of them experiences.

    Ctrl-C hangs up. With one caller in a terminal, h and Enter does so too.

    Exit status: 0 when every caller was answered, else 1; 2 for options that do not fit.
    """
    if rate is not None and every is not None:
        raise typer.BadParameter("give --rate or --every, not both")
    if audio is not None and tone is not None:
        raise typer.BadParameter("give --audio or --tone, not both")
    plan = Plan(
        sound=_sound(audio, tone, loop),
        callers=callers,
        every=60 / rate if rate is not None else 1.0 if every is None else every,
        number="".join(number.split()),
        to="".join(to.split()) or get_settings().outbound_caller_id or OUR_NUMBER,
        talk=talk or None,
        patience=patience or None,
        lean=lean,
    )
    outcomes = asyncio.run(_run(plan, as_json))
    if as_json:
        reports.summary_as_json(outcomes)
    elif callers > 1:
        reports.summary_in_words(outcomes)
    raise typer.Exit(0 if all(outcome.answered_after is not None for outcome in outcomes) else 1)


def _sound(audio: Path | None, tone: int | None, loop: bool) -> sounds.Sound:
    sound = sounds.from_file(audio) if audio else sounds.tone(tone) if tone is not None else sounds.voice("caller")
    return sound if loop else sound.once()


async def _run(plan: Plan, as_json: bool) -> list[Outcome]:
    logging.getLogger("livekit").setLevel(logging.CRITICAL)
    connection = Connection.from_environment()
    await connection.check()
    campaign = Campaign(plan, connection, reports.as_json if as_json else reports.in_words)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        campaign.hang_up()
        loop.remove_signal_handler(signal.SIGINT)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    if plan.callers == 1 and sys.stdin.isatty() and not as_json:
        print("Type h and Enter, or Ctrl-C, to hang up.", flush=True)
        loop.add_reader(sys.stdin, _obey, campaign)
    return await campaign.run()


def _obey(campaign: Campaign) -> None:
    line = sys.stdin.readline()
    if not line:
        asyncio.get_running_loop().remove_reader(sys.stdin)
    elif line.strip().lower() == "h":
        campaign.hang_up()

"""The audit log from the command line."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from callcenter.audit.domain import AuditAction
from callcenter.core.domain.agents import SYSTEM
from callcenter.entry.with_services import run
from callcenter.platform.bounds import instant
from callcenter.platform.errors import Problem
from callcenter.platform.registry import the

if TYPE_CHECKING:
    from callcenter.audit.service import AuditEntry

PAGE = 200
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def audit(
    since: Annotated[
        str,
        typer.Option(help="Only from then on: 2026-11-22, 2026-11-22T08:00:00+01:00 (UTC without a zone), 90m, 7d."),
    ] = "",
    action: Annotated[AuditAction | None, typer.Option(help="Only this kind.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Only so many, the latest.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object a line, for programs.")] = False,
) -> None:
    """Show who did what to whom, the oldest first: accounts, invitations, refused dials, changed lines."""
    start = _instant(since, datetime.now(UTC)) if since else None

    async def act() -> list["AuditEntry"]:
        from callcenter.audit.service import AuditService  # here, so that other commands start fast

        found: list[AuditEntry] = []
        while len(found) < limit:
            before = found[-1].id if found else None
            size = min(PAGE, limit - len(found))
            page = await the(AuditService).list(SYSTEM, before=before, since=start, action=action, limit=size)
            found += page
            if len(page) < size:
                break
        return found

    for entry in reversed(run(act)):
        print(_as_json(entry) if as_json else _as_line(entry))


def _instant(text: str, now: datetime) -> datetime:
    """An instant as people write it, or a time before ``now``. Raises Problem."""
    try:
        if ago := re.fullmatch(r"(\d{1,6})([mhd])", text):
            return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        written = datetime.fromisoformat(text)
        return instant(written if written.tzinfo else written.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise Problem(
            f"--since {text} is no time. Write it like 2026-11-22, 2026-11-22T08:00:00Z, 90m or 7d."
        ) from None


def _as_json(entry: "AuditEntry") -> str:
    return json.dumps(
        {
            "id": entry.id,
            "at": entry.at.isoformat(),
            "by": entry.by,
            "action": entry.action,
            "subject": entry.subject,
            "detail": entry.detail,
        },
        ensure_ascii=False,
    )


def _as_line(entry: "AuditEntry") -> str:
    detail = " ".join(f"{name}={value}" for name, value in entry.detail.items() if name != "text")
    line = f"{entry.at:%Y-%m-%d %H:%M:%SZ}  {entry.by:<16} {entry.action:<22} {entry.subject:<20} {detail}".rstrip()
    # What strangers typed must not steer the terminal of whoever reads it.
    return "".join(character if character.isprintable() else "?" for character in line)

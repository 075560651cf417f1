"""Every ending of every number that is on record: a piece of a number is the beginning of one of its endings.

So numbers with a piece stand side by side in an index, however many calls there are. A new number is noted a few
seconds after its call began, on no caller's time; what is not noted yet is looked for in the calls themselves.
"""

from collections.abc import Collection
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, bindparam, func, insert, or_, select, union, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.tables import Call
from callcenter.history.tables import NumberEnding, NumbersNoted
from callcenter.platform.database.statements import changed

AFTER_ALL = "\U0010ffff"
"""Sorts behind everything that may follow a piece."""
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
TABLE: Any = NumberEnding.__table__
_DELETE = TABLE.delete().where(TABLE.c.ending == bindparam("ending"), TABLE.c.number == bindparam("number"))
_NOTED = select(func.coalesce(func.max(NumbersNoted.call_id), 0)).scalar_subquery()


def folded(text: str) -> str:
    """Names are found in capitals and without; every database knows how to do that with these letters."""
    return text.translate(_LOWER)


async def look_up(session: AsyncSession, pieces: Collection[str], most: int) -> tuple[int, int]:
    """How many numbers hold one of these pieces (or that it is more than ``most``), and up to which call that is known.

    One that holds it twice counts twice.
    """
    found = union_all(*(select(_noted(piece).limit(most + 1).subquery()) for piece in pieces)).subquery()
    rows = await session.execute(select(select(func.count()).select_from(found).scalar_subquery(), _NOTED))
    count, until = rows.one()
    return int(count), int(until)


def holding(pieces: Collection[str], until: int) -> CompoundSelect[Any]:
    """The numbers (column ``number``) that hold one of these pieces; ``until`` as ``look_up`` says.

    A piece that begins with + is a beginning.
    """
    return union(*map(_noted, pieces), select(Call.caller_id).where(Call.id > until, among(Call, pieces)))


def among(call: Any, pieces: Collection[str]) -> Any:
    """Whether a call's number holds one of these pieces."""
    return or_(*(_holds(call.caller_id, piece) for piece in pieces))


def _holds(column: Any, piece: str) -> Any:
    held = column.icontains(piece, autoescape=True)
    if not _is_numbered(piece):
        return held
    return and_(held, *(~column.icontains(f"{piece}{digit}", autoescape=True) for digit in digits))


def _is_numbered(piece: str) -> bool:
    """Whether it is a name with its number at the end: door-5 is not door-55."""
    return piece[-1:].isdigit() and any(map(str.isalpha, piece))


def _noted(piece: str) -> Select[Any]:
    beginning = folded(piece)
    query = select(NumberEnding.number.label("number"))
    query = query.where(NumberEnding.ending >= beginning, NumberEnding.ending < beginning + AFTER_ALL)
    if not _is_numbered(piece):
        return query
    after_nine = chr(ord("9") + 1)
    return query.where(or_(NumberEnding.ending < f"{beginning}0", NumberEnding.ending >= beginning + after_nine))


async def note(session: AsyncSession, most: int) -> int:
    """The numbers of so many calls that are not noted yet, those that began first; returns how many calls."""
    found = (
        await session.execute(select(Call.id, Call.caller_id).where(Call.id > _NOTED).order_by(Call.id).limit(most))
    ).all()
    if found:
        await _add(session, {number for _, number in found if number})
        last = found[-1][0]
        if not changed(await session.execute(update(NumbersNoted).values(call_id=last))):
            await session.execute(insert(NumbersNoted).values(call_id=last))
    return len(found)


async def unnoted(session: AsyncSession) -> bool:
    """Whether there is anything to note."""
    return (await session.execute(select(Call.id).where(Call.id > _NOTED).limit(1))).first() is not None


async def drop(session: AsyncSession, numbers: Collection[str]) -> None:
    """Forget those that no call has any more. Ids of deleted calls may be given again, so what is noted ends before."""
    kept = set((await session.execute(select(Call.caller_id).where(Call.caller_id.in_(numbers)).distinct())).scalars())
    if gone := _rows(set(numbers) - kept):
        await session.execute(_DELETE, gone)
    newest = select(func.coalesce(func.max(Call.id), 0)).scalar_subquery()
    await session.execute(update(NumbersNoted).where(NumbersNoted.call_id > newest).values(call_id=newest))


async def _add(session: AsyncSession, numbers: Collection[str]) -> None:
    whole = select(NumberEnding.number).where(NumberEnding.ending.in_([folded(number) for number in numbers]))
    if new := _rows(set(numbers) - set((await session.execute(whole)).scalars())):
        await session.execute(insert(TABLE), new)


def _rows(numbers: Collection[str]) -> list[dict[str, str]]:
    return [
        {"ending": folded(number)[start:], "number": number}
        for number in sorted(numbers)
        for start in range(len(number))
    ]

"""callers who withheld their number and were on record under the word, or the digits, that stood in its place

Which callers they were is known to nobody, so going back leaves them as they are.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "withheld_callers"
down_revision: str | None = "offers_of_an_agent"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SPELLED = ("266696687", "2562533", "7378742833", "8656696", "86282452253")
"""Anonymous, blocked, restricted, unknown and unavailable on the keys of a telephone; without a plus or 00 they may
have been somebody's number."""
WRITTEN = (
    *("nobody", "blocked", "hidden", "none", "null", "no caller id", "private number", "not available", "0", "+"),
    *("anonymous@anonymous.invalid", "sip:anonymous@anonymous.invalid", "unknown number", "out of area"),
    *(f"{before}{digits}" for digits in SPELLED for before in ("+", "00")),
)
CALL = sa.table("call", sa.column("caller_id"), sa.column("direction"))
ENDING = sa.table("number_ending", sa.column("ending"), sa.column("number"))


def upgrade() -> None:
    connection = op.get_bind()
    whole = ENDING.c.ending.in_(WRITTEN) & (sa.func.length(ENDING.c.ending) == sa.func.length(ENDING.c.number))
    for number in connection.execute(sa.select(ENDING.c.number).where(whole)).scalars().all():
        of_number = CALL.c.caller_id == number
        connection.execute(sa.update(CALL).where(of_number, CALL.c.direction == "Inbound").values(caller_id=""))
        if connection.execute(sa.select(CALL.c.caller_id).where(of_number).limit(1)).first() is None:
            endings = [number.lower()[start:] for start in range(len(number))]
            connection.execute(sa.delete(ENDING).where(ENDING.c.number == number, ENDING.c.ending.in_(endings)))


def downgrade() -> None:
    """Nothing: the calls stay those of an unknown number."""

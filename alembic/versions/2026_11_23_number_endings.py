"""endings of numbers, for searches by a piece of one"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "number_endings"
down_revision: str | None = "history_by_result"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BYTE_ORDER = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
LOWER = {"sqlite": "lower(caller_id)", "postgresql": 'lower(caller_id COLLATE "C")'}
FILL = """
INSERT INTO number_ending (ending, number)
WITH RECURSIVE numbers(number, written) AS (SELECT DISTINCT caller_id, {lower} FROM call WHERE caller_id <> ''),
    places(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < 64)
SELECT substr(written, place), number FROM numbers JOIN places ON place <= length(written) ORDER BY 1, 2
"""


def upgrade() -> None:
    op.create_table(
        "number_ending",
        sa.Column("ending", BYTE_ORDER, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("ending", "number", name=op.f("pk_number_ending")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "numbers_noted",
        sa.Column("call_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_numbers_noted")),
    )
    op.execute(FILL.format(lower=LOWER[op.get_bind().dialect.name]))
    op.execute("INSERT INTO numbers_noted (call_id) SELECT max(id) FROM call HAVING count(*) > 0")


def downgrade() -> None:
    op.drop_table("numbers_noted")
    op.drop_table("number_ending")

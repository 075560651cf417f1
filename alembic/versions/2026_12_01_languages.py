"""the language that somebody has chosen for the pages; none until they choose one"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "languages"
down_revision: str | None = "withheld_callers"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("agent", sa.Column("language", sa.String(length=8), nullable=True))


def downgrade() -> None:
    op.drop_column("agent", "language")

"""sign-ins: where from, and when last in use"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "sign_ins"
down_revision: str | None = "audit_log"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("login_session", sa.Column("address", sa.String(length=64), nullable=True))
    op.add_column("login_session", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("login_session", "seen_at")
    op.drop_column("login_session", "address")

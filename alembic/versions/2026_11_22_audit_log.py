"""audit log"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "audit_log"
down_revision: str | None = "first_version"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["agent.id"], name=op.f("fk_audit_event_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["at"], unique=False)
    op.create_index("ix_audit_event_action_at", "audit_event", ["action", "at"], unique=False)
    op.create_index("ix_audit_event_actor_at", "audit_event", ["actor_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_audit_event_actor_at", "audit_event")
    op.drop_index("ix_audit_event_action_at", "audit_event")
    op.drop_index("ix_audit_event_at", "audit_event")
    op.drop_table("audit_event")

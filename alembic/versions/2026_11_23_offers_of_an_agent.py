"""offers of an agent: the latest, and those missed, by time"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "offers_of_an_agent"
down_revision: str | None = "number_endings"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MISSED = sa.text("state IN ('timeout')")


def upgrade() -> None:
    op.create_index("ix_offer_agent", "offer", ["agent_id", "id"])
    op.create_index(
        "ix_offer_missed", "offer", ["agent_id", "decided_at"], sqlite_where=MISSED, postgresql_where=MISSED
    )
    op.drop_index("ix_offer_agent_id", "offer")


def downgrade() -> None:
    op.create_index("ix_offer_agent_id", "offer", ["agent_id"])
    op.drop_index("ix_offer_missed", "offer")
    op.drop_index("ix_offer_agent", "offer")

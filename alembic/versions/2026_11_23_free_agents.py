"""free agents, longest idle first"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "free_agents"
down_revision: str | None = "several_workers"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FREE = sa.text("presence IN ('available') AND routable IN ('ok') AND disabled_at IS NULL")


def upgrade() -> None:
    op.create_index("ix_agent_free", "agent", ["idle_since", "id"], sqlite_where=FREE, postgresql_where=FREE)


def downgrade() -> None:
    op.drop_index("ix_agent_free", "agent")

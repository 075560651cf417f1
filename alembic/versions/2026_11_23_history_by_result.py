"""history by result"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "history_by_result"
down_revision: str | None = "free_agents"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OVER = sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    for name, columns in (("ix_call_result", []), ("ix_call_agent_result", ["agent_id"])):
        columns = [*columns, "direction", "state", "start_time", "id"]
        op.create_index(name, "call", columns, unique=False, sqlite_where=OVER, postgresql_where=OVER)


def downgrade() -> None:
    op.drop_index("ix_call_agent_result", "call")
    op.drop_index("ix_call_result", "call")

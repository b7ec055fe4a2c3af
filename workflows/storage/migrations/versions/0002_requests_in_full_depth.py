"""requests in full depth"""

import sqlalchemy as sa
from alembic import op

from workflows.storage.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_party", sa.Column("masked_at", UtcDateTime(), nullable=True))
    op.add_column("case_party", sa.Column("deleted_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("case_party", "deleted_at")
    op.drop_column("case_party", "masked_at")

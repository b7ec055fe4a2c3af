"""objections and boards"""

import sqlalchemy as sa
from alembic import op

from workflows.storage.types import Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "board_entry",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("quarter_id", sa.String(length=19), nullable=False),
        sa.Column("village_id", sa.String(length=19), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("index_tenths", sa.Integer(), nullable=False),
        sa.Column("proposed", sa.String(length=4), nullable=False),
        sa.Column("colour", sa.String(length=4), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("rule", Json, nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("explained_at", UtcDateTime(), nullable=True),
        sa.Column("explained_by", sa.String(length=60), nullable=False),
        sa.Column("waived", sa.String(length=300), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=60), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["quarter_id"], ["quarter_assessment.id"], name=op.f("fk_board_entry_quarter_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_board_entry_subdistrict_id")),
        sa.ForeignKeyConstraint(["village_id"], ["org_unit.id"], name=op.f("fk_board_entry_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_entry")),
        sa.UniqueConstraint("quarter_id", "village_id", name=op.f("uq_board_entry_quarter_id_village_id")),
    )
    op.create_table(
        "objection",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("quarter_id", sa.String(length=19), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("month_id", sa.String(length=19), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("dimension", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("raised_by", sa.String(length=60), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.String(length=60), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("counted_tenths", sa.Integer(), nullable=False),
        sa.Column("should_tenths", sa.Integer(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["month_id"], ["monthly_assessment.id"], name=op.f("fk_objection_month_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_objection_person_id")),
        sa.ForeignKeyConstraint(["quarter_id"], ["quarter_assessment.id"], name=op.f("fk_objection_quarter_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_objection_station_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_objection_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    op.create_index(op.f("ix_objection_person_id"), "objection", ["person_id"], unique=False)
    op.create_index(op.f("ix_objection_quarter_id"), "objection", ["quarter_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_objection_quarter_id"), table_name="objection")
    op.drop_index(op.f("ix_objection_person_id"), table_name="objection")
    op.drop_table("objection")
    op.drop_table("board_entry")

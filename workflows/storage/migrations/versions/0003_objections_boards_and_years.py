"""objections boards and years"""

import sqlalchemy as sa
from alembic import op

from workflows.storage.types import Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "year_assessment",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=6), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by", sa.String(length=60), nullable=False),
        sa.Column("settled_by_id", sa.String(length=19), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("approved_by", sa.String(length=60), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=True),
        sa.Column("received_by", sa.String(length=60), nullable=False),
        sa.Column("receipt", Json, nullable=True),
        sa.Column("sealed_document", sa.Text(), nullable=True),
        sa.Column("sealed_hash", sa.String(length=64), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_year_assessment_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_year_assessment")),
        sa.UniqueConstraint("subdistrict_id", "year", name=op.f("uq_year_assessment_subdistrict_id_year")),
    )
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
        "deputy_year_result",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("year_id", sa.String(length=19), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("group_id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("parts", Json, nullable=False),
        sa.Column("quarters", sa.Integer(), nullable=False),
        sa.Column("total_tenths", sa.Integer(), nullable=False),
        sa.Column("average_tenths", sa.Integer(), nullable=False),
        sa.Column("target_tenths", sa.Integer(), nullable=False),
        sa.Column("rate_tenths", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=12), nullable=False),
        sa.Column("commended", sa.Boolean(), nullable=False),
        sa.Column("left_out", sa.String(length=300), nullable=False),
        sa.Column("rule", Json, nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["org_unit.id"], name=op.f("fk_deputy_year_result_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_deputy_year_result_person_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_deputy_year_result_station_id")),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_deputy_year_result_subdistrict_id")
        ),
        sa.ForeignKeyConstraint(["year_id"], ["year_assessment.id"], name=op.f("fk_deputy_year_result_year_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy_year_result")),
        sa.UniqueConstraint("year_id", "person_id", name=op.f("uq_deputy_year_result_year_id_person_id")),
    )
    op.create_index(op.f("ix_deputy_year_result_person_id"), "deputy_year_result", ["person_id"], unique=False)
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
    op.add_column("case_attachment", sa.Column("removed_at", UtcDateTime(), nullable=True))
    op.add_column("evidence", sa.Column("removed_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("evidence", "removed_at")
    op.drop_column("case_attachment", "removed_at")
    op.drop_index(op.f("ix_objection_quarter_id"), table_name="objection")
    op.drop_index(op.f("ix_objection_person_id"), table_name="objection")
    op.drop_table("objection")
    op.drop_index(op.f("ix_deputy_year_result_person_id"), table_name="deputy_year_result")
    op.drop_table("deputy_year_result")
    op.drop_table("board_entry")
    op.drop_table("year_assessment")

"""filings to the party working committee"""

import sqlalchemy as sa
from alembic import op

from workflows.storage.types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "filing",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("category", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("measured_from", sa.Date(), nullable=False),
        sa.Column("writer_id", sa.String(length=19), nullable=False),
        sa.Column("written_by", sa.String(length=60), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("file_days", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("file_by", sa.Date(), nullable=True),
        sa.Column("reply_days", sa.Integer(), nullable=False),
        sa.Column("reply_needed", sa.Boolean(), nullable=False),
        sa.Column("return_note", sa.Text(), nullable=False),
        sa.Column("times_returned", sa.Integer(), nullable=False),
        sa.Column("checked_by", sa.String(length=60), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("signed_by", sa.String(length=60), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("in_time", sa.Boolean(), nullable=True),
        sa.Column("reply_by", sa.Date(), nullable=True),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("reply_text", sa.Text(), nullable=False),
        sa.Column("reply_no", sa.String(length=60), nullable=False),
        sa.Column("replied_on", sa.Date(), nullable=True),
        sa.Column("replied_by", sa.String(length=60), nullable=False),
        sa.Column("has_tasks", sa.Boolean(), nullable=False),
        sa.Column("report_text", sa.Text(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("withdraw_reason", sa.Text(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_filing_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing")),
        sa.UniqueConstraint("subdistrict_id", "number", name=op.f("uq_filing_subdistrict_id_number")),
    )
    op.create_index(
        op.f("ix_filing_subdistrict_id_category_measured_from"),
        "filing",
        ["subdistrict_id", "category", "measured_from"],
        unique=False,
    )
    op.create_index(op.f("ix_filing_subdistrict_id_filed_on"), "filing", ["subdistrict_id", "filed_on"], unique=False)
    op.create_table(
        "filing_counter",
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_filing_counter_subdistrict_id")),
        sa.PrimaryKeyConstraint("subdistrict_id", "year", name=op.f("pk_filing_counter")),
    )
    op.create_table(
        "filing_task",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("filing_id", sa.String(length=19), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.String(length=19), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("done_by", sa.String(length=60), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["filing_id"], ["filing.id"], name=op.f("fk_filing_task_filing_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_filing_task_subdistrict_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_filing_task_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_task")),
    )
    op.create_index(op.f("ix_filing_task_filing_id"), "filing_task", ["filing_id"], unique=False)
    op.create_index(
        op.f("ix_filing_task_subdistrict_id_done_at_due_on"),
        "filing_task",
        ["subdistrict_id", "done_at", "due_on"],
        unique=False,
    )
    op.create_table(
        "filing_file",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("filing_id", sa.String(length=19), nullable=False),
        sa.Column("task_id", sa.String(length=19), nullable=True),
        sa.Column("file_id", sa.String(length=70), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["filing_id"], ["filing.id"], name=op.f("fk_filing_file_filing_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_filing_file_subdistrict_id")),
        sa.ForeignKeyConstraint(["task_id"], ["filing_task.id"], name=op.f("fk_filing_file_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_file")),
        sa.UniqueConstraint("filing_id", "file_id", name=op.f("uq_filing_file_filing_id_file_id")),
    )
    op.create_index(op.f("ix_filing_file_file_id"), "filing_file", ["file_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_filing_file_file_id"), table_name="filing_file")
    op.drop_table("filing_file")
    op.drop_index(op.f("ix_filing_task_subdistrict_id_done_at_due_on"), table_name="filing_task")
    op.drop_index(op.f("ix_filing_task_filing_id"), table_name="filing_task")
    op.drop_table("filing_task")
    op.drop_table("filing_counter")
    op.drop_index(op.f("ix_filing_subdistrict_id_filed_on"), table_name="filing")
    op.drop_index(op.f("ix_filing_subdistrict_id_category_measured_from"), table_name="filing")
    op.drop_table("filing")

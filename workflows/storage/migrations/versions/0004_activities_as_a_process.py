"""activities as a process"""

import sqlalchemy as sa
from alembic import op

from workflows.storage.types import Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "material",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        sa.Column("file_id", sa.String(length=64), nullable=False),
        sa.Column("added_by", sa.String(length=60), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_material_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
    )
    op.create_index(op.f("ix_material_subdistrict_id_subject"), "material", ["subdistrict_id", "subject"], unique=False)
    op.create_table(
        "activity_plan",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("dimension", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("starts", sa.String(length=5), nullable=False),
        sa.Column("ends", sa.String(length=5), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=True),
        sa.Column("term", sa.String(length=20), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("is_duty", sa.Boolean(), nullable=False),
        sa.Column("contact", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("materials", Json, nullable=False),
        sa.Column("reading", Json, nullable=False),
        sa.Column("status", sa.String(length=6), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("notice_due", sa.Date(), nullable=True),
        sa.Column("remind_on", sa.Date(), nullable=True),
        sa.Column("announced_at", UtcDateTime(), nullable=True),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("no_proof", sa.String(length=200), nullable=False),
        sa.Column("activity_id", sa.String(length=19), nullable=True),
        sa.Column("planned_by", sa.String(length=60), nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_activity_plan_activity_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_activity_plan_station_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_activity_plan_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_plan")),
        sa.UniqueConstraint(
            "subdistrict_id", "term", "number", name=op.f("uq_activity_plan_subdistrict_id_term_number")
        ),
    )
    op.create_index(
        op.f("ix_activity_plan_subdistrict_id_held_on"), "activity_plan", ["subdistrict_id", "held_on"], unique=False
    )
    op.create_table(
        "agenda_item",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("plan_id", sa.String(length=19), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("reporter", sa.String(length=60), nullable=False),
        sa.Column("result", sa.String(length=200), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["activity_plan.id"], name=op.f("fk_agenda_item_plan_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_agenda_item_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_item")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_agenda_item_plan_id_number")),
    )
    op.create_table(
        "deliberation_opinion",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("plan_id", sa.String(length=19), nullable=False),
        sa.Column("item_number", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("department_id", sa.String(length=19), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("replied_by", sa.String(length=60), nullable=False),
        sa.Column("replied_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["org_unit.id"], name=op.f("fk_deliberation_opinion_department_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["activity_plan.id"], name=op.f("fk_deliberation_opinion_plan_id")),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_deliberation_opinion_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliberation_opinion")),
    )
    op.create_index(
        op.f("ix_deliberation_opinion_department_id"), "deliberation_opinion", ["department_id"], unique=False
    )
    op.create_index(op.f("ix_deliberation_opinion_plan_id"), "deliberation_opinion", ["plan_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("plan_id", sa.String(length=19), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("told_by", sa.String(length=4), nullable=False),
        sa.Column("answered_by", sa.String(length=60), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("opinion", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("signed", sa.String(length=6), nullable=False),
        sa.Column("signed_by", sa.String(length=60), nullable=False),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["activity_plan.id"], name=op.f("fk_invitation_plan_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_invitation_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("plan_id", "person_id", name=op.f("uq_invitation_plan_id_person_id")),
    )
    op.create_index(op.f("ix_invitation_person_id"), "invitation", ["person_id"], unique=False)
    op.add_column("process_definition", sa.Column("effective_on", sa.Date(), nullable=True))
    op.add_column("evidence", sa.Column("print_of_picture", sa.Text(), server_default="", nullable=False))
    op.add_column("evidence", sa.Column("same_as_id", sa.String(length=19), nullable=True))
    op.add_column("evidence", sa.Column("taken_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("process_definition", "effective_on")
    op.drop_column("evidence", "taken_on")
    op.drop_column("evidence", "same_as_id")
    op.drop_column("evidence", "print_of_picture")
    op.drop_index(op.f("ix_invitation_person_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_deliberation_opinion_plan_id"), table_name="deliberation_opinion")
    op.drop_index(op.f("ix_deliberation_opinion_department_id"), table_name="deliberation_opinion")
    op.drop_table("deliberation_opinion")
    op.drop_table("agenda_item")
    op.drop_index(op.f("ix_activity_plan_subdistrict_id_held_on"), table_name="activity_plan")
    op.drop_table("activity_plan")
    op.drop_index(op.f("ix_material_subdistrict_id_subject"), table_name="material")
    op.drop_table("material")

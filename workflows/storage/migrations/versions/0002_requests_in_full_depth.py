"""requests in full depth"""

import sqlalchemy as sa
from alembic import op

from workflows.storage.types import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suggestion_counter",
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_suggestion_counter_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("subdistrict_id", "kind", "year", name=op.f("pk_suggestion_counter")),
    )
    op.create_table(
        "deputy_leave",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("noted_by", sa.String(length=60), nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_deputy_leave_person_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_deputy_leave_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy_leave")),
    )
    op.create_index(op.f("ix_deputy_leave_person_id"), "deputy_leave", ["person_id"], unique=False)
    op.create_table(
        "place",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("village_id", sa.String(length=19), nullable=True),
        sa.Column("added_by", sa.String(length=60), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_place_subdistrict_id")),
        sa.ForeignKeyConstraint(["village_id"], ["org_unit.id"], name=op.f("fk_place_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("subdistrict_id", "name", name=op.f("uq_place_subdistrict_id_name")),
    )
    op.create_table(
        "reception_duty",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("levels_missing", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_reception_duty_station_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_reception_duty_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception_duty")),
        sa.UniqueConstraint(
            "subdistrict_id", "station_id", "month", name=op.f("uq_reception_duty_subdistrict_id_station_id_month")
        ),
    )
    op.create_table(
        "reception_plan",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("rows", Json, nullable=False),
        sa.Column("submitted_by", sa.String(length=60), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=60), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_reception_plan_station_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_reception_plan_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception_plan")),
        sa.UniqueConstraint(
            "subdistrict_id", "station_id", "year", name=op.f("uq_reception_plan_subdistrict_id_station_id_year")
        ),
    )
    op.create_table(
        "suggestion",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("submission", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("situation", sa.Text(), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("addressee", sa.String(length=60), nullable=False),
        sa.Column("source_kind", sa.String(length=10), nullable=False),
        sa.Column("source_id", sa.String(length=19), nullable=True),
        sa.Column("lead_id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("writer_role", sa.String(length=20), nullable=False),
        sa.Column("writer_id", sa.String(length=19), nullable=False),
        sa.Column("written_by", sa.String(length=60), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("broad", sa.Boolean(), nullable=False),
        sa.Column("handed_over_on", sa.Date(), nullable=True),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("answer_by_final", sa.Boolean(), nullable=False),
        sa.Column("original_answer_by", sa.Date(), nullable=True),
        sa.Column("part_by", sa.Date(), nullable=True),
        sa.Column("return_by", sa.Date(), nullable=True),
        sa.Column("overdue_noted_at", UtcDateTime(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("opinion_by", sa.Date(), nullable=True),
        sa.Column("satisfaction", sa.String(length=10), nullable=True),
        sa.Column("letter_no", sa.String(length=60), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("last_word", sa.String(length=20), nullable=False),
        sa.Column("last_note", sa.Text(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["person.id"], name=op.f("fk_suggestion_lead_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_suggestion_station_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_suggestion_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("subdistrict_id", "number", name=op.f("uq_suggestion_subdistrict_id_number")),
        sa.UniqueConstraint("submission", name=op.f("uq_suggestion_submission")),
    )
    op.create_index(op.f("ix_suggestion_lead_id"), "suggestion", ["lead_id"], unique=False)
    op.create_index(
        op.f("ix_suggestion_subdistrict_id_source_id"), "suggestion", ["subdistrict_id", "source_id"], unique=False
    )
    op.create_index(
        op.f("ix_suggestion_subdistrict_id_status_answer_by"),
        "suggestion",
        ["subdistrict_id", "status", "answer_by"],
        unique=False,
    )
    op.create_table(
        "reception_session",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("starts", sa.String(length=5), nullable=False),
        sa.Column("ends", sa.String(length=5), nullable=False),
        sa.Column("venue", sa.String(length=80), nullable=False),
        sa.Column("venue_id", sa.String(length=19), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("roster_on", sa.Date(), nullable=True),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("remind_on", sa.Date(), nullable=True),
        sa.Column("roster_size", sa.Integer(), nullable=True),
        sa.Column("announced_at", UtcDateTime(), nullable=True),
        sa.Column("posted_at", UtcDateTime(), nullable=True),
        sa.Column("posted_by", sa.String(length=60), nullable=False),
        sa.Column("activity_id", sa.String(length=19), nullable=True),
        sa.Column("opened_by", sa.String(length=60), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_reception_session_activity_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_reception_session_station_id")),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_reception_session_subdistrict_id")
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["org_unit.id"], name=op.f("fk_reception_session_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception_session")),
    )
    op.create_index(
        op.f("ix_reception_session_subdistrict_id_held_on"),
        "reception_session",
        ["subdistrict_id", "held_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_reception_session_subdistrict_id_station_id_month"),
        "reception_session",
        ["subdistrict_id", "station_id", "month"],
        unique=False,
    )
    op.create_table(
        "suggestion_answer",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("suggestion_id", sa.String(length=19), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.String(length=19), nullable=True),
        sa.Column("result_class", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("contacted", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("checked_by", sa.String(length=60), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("check_note", sa.Text(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_suggestion_answer_subdistrict_id")
        ),
        sa.ForeignKeyConstraint(["suggestion_id"], ["suggestion.id"], name=op.f("fk_suggestion_answer_suggestion_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_suggestion_answer_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_answer")),
    )
    op.create_index(op.f("ix_suggestion_answer_suggestion_id"), "suggestion_answer", ["suggestion_id"], unique=False)
    op.create_table(
        "suggestion_opinion",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("suggestion_id", sa.String(length=19), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("process", sa.String(length=10), nullable=True),
        sa.Column("result", sa.String(length=10), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_suggestion_opinion_subdistrict_id")
        ),
        sa.ForeignKeyConstraint(["suggestion_id"], ["suggestion.id"], name=op.f("fk_suggestion_opinion_suggestion_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_opinion")),
        sa.UniqueConstraint("suggestion_id", "round", name=op.f("uq_suggestion_opinion_suggestion_id_round")),
    )
    op.create_table(
        "suggestion_signer",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("suggestion_id", sa.String(length=19), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=True),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_suggestion_signer_person_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_suggestion_signer_station_id")),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_suggestion_signer_subdistrict_id")
        ),
        sa.ForeignKeyConstraint(["suggestion_id"], ["suggestion.id"], name=op.f("fk_suggestion_signer_suggestion_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_signer")),
        sa.UniqueConstraint("suggestion_id", "person_id", name=op.f("uq_suggestion_signer_suggestion_id_person_id")),
    )
    op.create_index(op.f("ix_suggestion_signer_person_id"), "suggestion_signer", ["person_id"], unique=False)
    op.create_table(
        "suggestion_unit",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("suggestion_id", sa.String(length=19), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.String(length=19), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("handed_at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("part_at", UtcDateTime(), nullable=True),
        sa.Column("returned_at", UtcDateTime(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_suggestion_unit_subdistrict_id")),
        sa.ForeignKeyConstraint(["suggestion_id"], ["suggestion.id"], name=op.f("fk_suggestion_unit_suggestion_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_suggestion_unit_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_unit")),
    )
    op.create_index(op.f("ix_suggestion_unit_suggestion_id"), "suggestion_unit", ["suggestion_id"], unique=False)
    op.create_index(op.f("ix_suggestion_unit_unit_id"), "suggestion_unit", ["unit_id"], unique=False)
    op.create_table(
        "reception_report",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("session_id", sa.String(length=19), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("guided", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("topics", Json, nullable=False),
        sa.Column("deputies", Json, nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=True),
        sa.Column("noted_by", sa.String(length=60), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["reception_session.id"], name=op.f("fk_reception_report_session_id")),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_reception_report_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception_report")),
        sa.UniqueConstraint("session_id", name=op.f("uq_reception_report_session_id")),
    )
    op.create_table(
        "reception_roster",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("session_id", sa.String(length=19), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("level", sa.String(length=6), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("answered_by", sa.String(length=60), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("replaced_by_id", sa.String(length=19), nullable=True),
        sa.Column("attendance", sa.String(length=6), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reception_roster_person_id")),
        sa.ForeignKeyConstraint(["replaced_by_id"], ["person.id"], name=op.f("fk_reception_roster_replaced_by_id")),
        sa.ForeignKeyConstraint(["session_id"], ["reception_session.id"], name=op.f("fk_reception_roster_session_id")),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_reception_roster_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception_roster")),
        sa.UniqueConstraint("session_id", "person_id", name=op.f("uq_reception_roster_session_id_person_id")),
    )
    op.create_index(op.f("ix_reception_roster_person_id"), "reception_roster", ["person_id"], unique=False)
    op.create_table(
        "case_attachment",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("case_id", sa.String(length=19), nullable=False),
        sa.Column("file_id", sa.String(length=70), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["constituent_case.id"], name=op.f("fk_case_attachment_case_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_case_attachment_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_attachment")),
        sa.UniqueConstraint("case_id", "file_id", name=op.f("uq_case_attachment_case_id_file_id")),
    )
    op.create_index(op.f("ix_case_attachment_file_id"), "case_attachment", ["file_id"], unique=False)
    op.create_table(
        "case_comment",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("case_id", sa.String(length=19), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("by_id", sa.String(length=19), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["constituent_case.id"], name=op.f("fk_case_comment_case_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_case_comment_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_comment")),
    )
    op.create_index(op.f("ix_case_comment_case_id"), "case_comment", ["case_id"], unique=False)
    op.create_table(
        "case_gram",
        sa.Column("gram", sa.String(length=2), nullable=False),
        sa.Column("case_id", sa.String(length=19), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["constituent_case.id"], name=op.f("fk_case_gram_case_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_case_gram_subdistrict_id")),
        sa.PrimaryKeyConstraint("gram", "case_id", name=op.f("pk_case_gram")),
    )
    op.create_index(op.f("ix_case_gram_case_id"), "case_gram", ["case_id"], unique=False)
    op.create_table(
        "case_link",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("case_id", sa.String(length=19), nullable=False),
        sa.Column("other_id", sa.String(length=19), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["constituent_case.id"], name=op.f("fk_case_link_case_id")),
        sa.ForeignKeyConstraint(["other_id"], ["constituent_case.id"], name=op.f("fk_case_link_other_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_case_link_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_link")),
        sa.UniqueConstraint("case_id", "other_id", name=op.f("uq_case_link_case_id_other_id")),
    )
    op.create_index(op.f("ix_case_link_other_id"), "case_link", ["other_id"], unique=False)
    op.create_table(
        "case_pause",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("case_id", sa.String(length=19), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("limit_days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["constituent_case.id"], name=op.f("fk_case_pause_case_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_case_pause_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_pause")),
    )
    op.create_index(op.f("ix_case_pause_case_id"), "case_pause", ["case_id"], unique=False)
    op.create_table(
        "case_request",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("case_id", sa.String(length=19), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("asked_by_id", sa.String(length=19), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["constituent_case.id"], name=op.f("fk_case_request_case_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_case_request_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_request")),
    )
    op.create_index(op.f("ix_case_request_case_id"), "case_request", ["case_id"], unique=False)
    op.add_column("activity", sa.Column("source_key", sa.String(length=60), nullable=True))
    op.create_index("uq_activity_source", "activity", ["subdistrict_id", "source_key"], unique=True)
    op.add_column("case_party", sa.Column("masked_at", UtcDateTime(), nullable=True))
    op.add_column("case_party", sa.Column("deleted_at", UtcDateTime(), nullable=True))
    op.add_column("case_referral", sa.Column("handle_days", sa.Integer(), nullable=True))
    op.add_column(
        "constituent_case",
        sa.Column(
            "session_id",
            sa.String(length=19),
            sa.ForeignKey("reception_session.id", name=op.f("fk_constituent_case_session_id")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column("constituent_case", sa.Column("sensitive", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("constituent_case", sa.Column("interim_at", UtcDateTime(), nullable=True))
    op.add_column("constituent_case", sa.Column("promised_on", sa.Date(), nullable=True))
    op.add_column("constituent_case", sa.Column("handling_started_on", sa.Date(), nullable=True))
    op.add_column("constituent_case", sa.Column("handling_working_days", sa.Integer(), nullable=True))
    op.add_column("constituent_case", sa.Column("settle_by", sa.Date(), nullable=True))
    op.add_column(
        "constituent_case", sa.Column("settle_by_final", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("constituent_case", sa.Column("original_settle_by", sa.Date(), nullable=True))
    op.add_column(
        "constituent_case",
        sa.Column(
            "merged_into_id",
            sa.String(length=19),
            sa.ForeignKey("constituent_case.id", name=op.f("fk_constituent_case_merged_into_id")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column("constituent_case", sa.Column("board_noted_at", UtcDateTime(), nullable=True))
    op.add_column("constituent_case", sa.Column("last_word", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("constituent_case", sa.Column("last_note", sa.Text(), nullable=False, server_default=""))
    op.create_index(op.f("ix_constituent_case_merged_into_id"), "constituent_case", ["merged_into_id"], unique=False)
    op.create_index(op.f("ix_constituent_case_session_id"), "constituent_case", ["session_id"], unique=False)
    op.add_column("deadline_change", sa.Column("clock", sa.String(length=10), nullable=False, server_default="答复"))
    op.add_column("org_unit", sa.Column("phone", sa.String(length=20), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("org_unit", "phone")
    op.drop_column("deadline_change", "clock")
    op.drop_index(op.f("ix_constituent_case_session_id"), table_name="constituent_case")
    op.drop_index(op.f("ix_constituent_case_merged_into_id"), table_name="constituent_case")
    op.drop_column("constituent_case", "last_note")
    op.drop_column("constituent_case", "last_word")
    op.drop_column("constituent_case", "board_noted_at")
    op.drop_column("constituent_case", "merged_into_id")
    op.drop_column("constituent_case", "original_settle_by")
    op.drop_column("constituent_case", "settle_by_final")
    op.drop_column("constituent_case", "settle_by")
    op.drop_column("constituent_case", "handling_working_days")
    op.drop_column("constituent_case", "handling_started_on")
    op.drop_column("constituent_case", "promised_on")
    op.drop_column("constituent_case", "interim_at")
    op.drop_column("constituent_case", "sensitive")
    op.drop_column("constituent_case", "session_id")
    op.drop_column("case_referral", "handle_days")
    op.drop_column("case_party", "deleted_at")
    op.drop_column("case_party", "masked_at")
    op.drop_index("uq_activity_source", table_name="activity")
    op.drop_column("activity", "source_key")
    op.drop_index(op.f("ix_case_request_case_id"), table_name="case_request")
    op.drop_table("case_request")
    op.drop_index(op.f("ix_case_pause_case_id"), table_name="case_pause")
    op.drop_table("case_pause")
    op.drop_index(op.f("ix_case_link_other_id"), table_name="case_link")
    op.drop_table("case_link")
    op.drop_index(op.f("ix_case_gram_case_id"), table_name="case_gram")
    op.drop_table("case_gram")
    op.drop_index(op.f("ix_case_comment_case_id"), table_name="case_comment")
    op.drop_table("case_comment")
    op.drop_index(op.f("ix_case_attachment_file_id"), table_name="case_attachment")
    op.drop_table("case_attachment")
    op.drop_index(op.f("ix_reception_roster_person_id"), table_name="reception_roster")
    op.drop_table("reception_roster")
    op.drop_table("reception_report")
    op.drop_index(op.f("ix_suggestion_unit_unit_id"), table_name="suggestion_unit")
    op.drop_index(op.f("ix_suggestion_unit_suggestion_id"), table_name="suggestion_unit")
    op.drop_table("suggestion_unit")
    op.drop_index(op.f("ix_suggestion_signer_person_id"), table_name="suggestion_signer")
    op.drop_table("suggestion_signer")
    op.drop_table("suggestion_opinion")
    op.drop_index(op.f("ix_suggestion_answer_suggestion_id"), table_name="suggestion_answer")
    op.drop_table("suggestion_answer")
    op.drop_index(op.f("ix_reception_session_subdistrict_id_station_id_month"), table_name="reception_session")
    op.drop_index(op.f("ix_reception_session_subdistrict_id_held_on"), table_name="reception_session")
    op.drop_table("reception_session")
    op.drop_index(op.f("ix_suggestion_subdistrict_id_status_answer_by"), table_name="suggestion")
    op.drop_index(op.f("ix_suggestion_subdistrict_id_source_id"), table_name="suggestion")
    op.drop_index(op.f("ix_suggestion_lead_id"), table_name="suggestion")
    op.drop_table("suggestion")
    op.drop_table("reception_plan")
    op.drop_table("reception_duty")
    op.drop_table("place")
    op.drop_index(op.f("ix_deputy_leave_person_id"), table_name="deputy_leave")
    op.drop_table("deputy_leave")
    op.drop_table("suggestion_counter")

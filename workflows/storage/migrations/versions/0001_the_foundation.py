"""the foundation"""

import sqlalchemy as sa
from alembic import op

from workflows.storage.types import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("chain", sa.String(length=19), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.String(length=19), nullable=False),
        sa.Column("actor_name", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_key", sa.String(length=80), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("chain", "seq", name=op.f("uq_audit_entry_chain_seq")),
    )
    op.create_index(op.f("ix_audit_entry_object_key"), "audit_entry", ["object_key"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.String(length=19), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("url", sa.String(length=200), nullable=False),
        sa.Column("raw_text", sa.Text(), nullable=False),
        sa.Column("imported_by", sa.String(length=60), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=60), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("draft", Json, nullable=True),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "sign_in_tries",
        sa.Column("id", sa.String(length=70), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_tries")),
    )
    op.create_index(op.f("ix_sign_in_tries_last_at"), "sign_in_tries", ["last_at"], unique=False)
    op.create_table(
        "subdistrict",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subdistrict")),
        sa.UniqueConstraint("code", name=op.f("uq_subdistrict_code")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=True),
        sa.Column("layer", sa.String(length=10), nullable=False),
        sa.Column("notice_year", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.Column("affects_deadline", sa.Boolean(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(layer = 'national') = (notice_year IS NOT NULL)", name=op.f("ck_calendar_day_notice")),
        sa.CheckConstraint("(layer = 'office') = (subdistrict_id IS NOT NULL)", name=op.f("ck_calendar_day_owner")),
        sa.ForeignKeyConstraint(["notice_year"], ["calendar_year.year"], name=op.f("fk_calendar_day_notice_year")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_calendar_day_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
    )
    op.create_index(op.f("ix_calendar_day_notice_year"), "calendar_day", ["notice_year"], unique=False)
    op.create_index(op.f("ix_calendar_day_subdistrict_id_day"), "calendar_day", ["subdistrict_id", "day"], unique=False)
    op.create_table(
        "calendar_revision",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stamp", sa.String(length=19), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("diff", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_calendar_revision_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_calendar_revision")),
    )
    op.create_table(
        "case_counter",
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_case_counter_subdistrict_id")),
        sa.PrimaryKeyConstraint("subdistrict_id", "year", name=op.f("pk_case_counter")),
    )
    op.create_table(
        "event_inbox",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("business_key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("arrived_at", UtcDateTime(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_event_inbox_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_inbox")),
    )
    op.create_index("ix_event_inbox_waiting", "event_inbox", ["business_key", "name"], unique=False)
    op.create_table(
        "org_unit",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("parent_id", sa.String(length=19), nullable=True),
        sa.Column("station_id", sa.String(length=19), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["org_unit.id"], name=op.f("fk_org_unit_parent_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_org_unit_station_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_org_unit_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_org_unit")),
    )
    op.create_index(
        op.f("ix_org_unit_subdistrict_id_kind_number"), "org_unit", ["subdistrict_id", "kind", "number"], unique=False
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("subject_key", sa.String(length=160), nullable=False),
        sa.Column("recipient_id", sa.String(length=19), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=120), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("not_after", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_outbox_message_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("subject_key", "recipient_id", name=op.f("uq_outbox_message_subject_key_recipient_id")),
    )
    op.create_index(
        "ix_outbox_message_waiting",
        "outbox_message",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'sending')"),
        sqlite_where=sa.text("status IN ('queued', 'sending')"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_person_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "process_definition",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=True),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("package", sa.LargeBinary(), nullable=False),
        sa.Column("schedule", sa.String(length=60), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_process_definition_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_definition")),
        sa.UniqueConstraint(
            "subdistrict_id", "key", "version", name=op.f("uq_process_definition_subdistrict_id_key_version")
        ),
    )
    op.create_index(op.f("ix_process_definition_key"), "process_definition", ["key"], unique=False)
    op.create_table(
        "quarter_assessment",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("period", sa.String(length=6), nullable=False),
        sa.Column("status", sa.String(length=6), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("sample_seed", sa.String(length=32), nullable=False),
        sa.Column("sample_rule", Json, nullable=True),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("verified_by", sa.String(length=60), nullable=False),
        sa.Column("verified_by_id", sa.String(length=19), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("approved_by", sa.String(length=60), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=True),
        sa.Column("received_by", sa.String(length=60), nullable=False),
        sa.Column("receipt", Json, nullable=True),
        sa.Column("sealed_document", sa.Text(), nullable=True),
        sa.Column("sealed_hash", sa.String(length=64), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_quarter_assessment_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarter_assessment")),
        sa.UniqueConstraint("subdistrict_id", "period", name=op.f("uq_quarter_assessment_subdistrict_id_period")),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("organiser_id", sa.String(length=19), nullable=True),
        sa.Column("station_id", sa.String(length=19), nullable=True),
        sa.Column("recorded_by", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["organiser_id"], ["org_unit.id"], name=op.f("fk_activity_organiser_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_activity_station_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_activity_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index("ix_activity_day", "activity", ["subdistrict_id", "held_on"], unique=False)
    op.create_table(
        "constituent_case",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("tracking_hash", sa.String(length=64), nullable=True),
        sa.Column("submission", sa.String(length=40), nullable=True),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("matter_class", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.Column("registered_by", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("spot_answer", sa.Text(), nullable=False),
        sa.Column("clock_started_on", sa.Date(), nullable=True),
        sa.Column("reply_working_days", sa.Integer(), nullable=True),
        sa.Column("respond_by", sa.Date(), nullable=True),
        sa.Column("respond_by_final", sa.Boolean(), nullable=False),
        sa.Column("original_respond_by", sa.Date(), nullable=True),
        sa.Column("calendar_moved", sa.Boolean(), nullable=False),
        sa.Column("protected_until", sa.Date(), nullable=True),
        sa.Column("calendar_revision", sa.Integer(), nullable=True),
        sa.Column("handler", sa.String(length=20), nullable=False),
        sa.Column("department_id", sa.String(length=19), nullable=True),
        sa.Column("handle_by", sa.Date(), nullable=True),
        sa.Column("result_class", sa.String(length=1), nullable=True),
        sa.Column("result_text", sa.Text(), nullable=False),
        sa.Column("replied_at", UtcDateTime(), nullable=True),
        sa.Column("reply_channel", sa.String(length=10), nullable=True),
        sa.Column("reply_text", sa.Text(), nullable=False),
        sa.Column("overdue_noted_at", UtcDateTime(), nullable=True),
        sa.Column("satisfaction", sa.String(length=10), nullable=True),
        sa.Column("feedback_comment", sa.Text(), nullable=False),
        sa.Column("times_reopened", sa.Integer(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["org_unit.id"], name=op.f("fk_constituent_case_department_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_constituent_case_station_id")),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_constituent_case_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_constituent_case")),
        sa.UniqueConstraint("subdistrict_id", "number", name=op.f("uq_constituent_case_subdistrict_id_number")),
        sa.UniqueConstraint("submission", name=op.f("uq_constituent_case_submission")),
        sa.UniqueConstraint("tracking_hash", name=op.f("uq_constituent_case_tracking_hash")),
    )
    op.create_index(op.f("ix_constituent_case_department_id"), "constituent_case", ["department_id"], unique=False)
    op.create_index(
        op.f("ix_constituent_case_subdistrict_id_station_id"),
        "constituent_case",
        ["subdistrict_id", "station_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_constituent_case_subdistrict_id_status_respond_by"),
        "constituent_case",
        ["subdistrict_id", "status", "respond_by"],
        unique=False,
    )
    op.create_table(
        "deputy_quarter_result",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("quarter_id", sa.String(length=19), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("group_id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("base_tenths", sa.Integer(), nullable=False),
        sa.Column("bonus_tenths", sa.Integer(), nullable=False),
        sa.Column("bonus_counted_tenths", sa.Integer(), nullable=False),
        sa.Column("total_tenths", sa.Integer(), nullable=False),
        sa.Column("target_tenths", sa.Integer(), nullable=False),
        sa.Column("index_tenths", sa.Integer(), nullable=False),
        sa.Column("rule", Json, nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["org_unit.id"], name=op.f("fk_deputy_quarter_result_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_deputy_quarter_result_person_id")),
        sa.ForeignKeyConstraint(
            ["quarter_id"], ["quarter_assessment.id"], name=op.f("fk_deputy_quarter_result_quarter_id")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_deputy_quarter_result_station_id")),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_deputy_quarter_result_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy_quarter_result")),
        sa.UniqueConstraint("quarter_id", "person_id", name=op.f("uq_deputy_quarter_result_quarter_id_person_id")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("source_key", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("group_id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("dimension", sa.String(length=12), nullable=False),
        sa.Column("points_tenths", sa.Integer(), nullable=False),
        sa.Column("reverses_id", sa.String(length=19), nullable=True),
        sa.Column("trace", Json, nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("written_by", sa.String(length=60), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["org_unit.id"], name=op.f("fk_ledger_entry_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ledger_entry_person_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["ledger_entry.id"], name=op.f("fk_ledger_entry_reverses_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_ledger_entry_station_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_ledger_entry_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_ledger_entry_reverses_id")),
        sa.UniqueConstraint("source_key", name=op.f("uq_ledger_entry_source_key")),
    )
    op.create_index("ix_ledger_entry_person", "ledger_entry", ["person_id", "quarter"], unique=False)
    op.create_table(
        "mandate",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("level", sa.String(length=6), nullable=False),
        sa.Column("term", sa.String(length=20), nullable=False),
        sa.Column("group_id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("basis", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["org_unit.id"], name=op.f("fk_mandate_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mandate_person_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_mandate_station_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_mandate_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
    )
    op.create_index(op.f("ix_mandate_person_id"), "mandate", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_mandate_subdistrict_id_kind_valid_from"),
        "mandate",
        ["subdistrict_id", "kind", "valid_from"],
        unique=False,
    )
    op.create_table(
        "monthly_assessment",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("group_id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("self_assessed", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("submitted_by", sa.String(length=60), nullable=False),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("reviewed_at", UtcDateTime(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=60), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("sealed_document", sa.Text(), nullable=True),
        sa.Column("sealed_hash", sa.String(length=64), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["org_unit.id"], name=op.f("fk_monthly_assessment_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_monthly_assessment_person_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_monthly_assessment_station_id")),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_monthly_assessment_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monthly_assessment")),
        sa.UniqueConstraint("period", "person_id", name=op.f("uq_monthly_assessment_period_person_id")),
    )
    op.create_index(
        "ix_monthly_assessment_station", "monthly_assessment", ["station_id", "period", "status"], unique=False
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("message_id", sa.String(length=19), nullable=False),
        sa.Column("recipient_id", sa.String(length=19), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=120), nullable=True),
        sa.Column("arrived_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["outbox_message.id"], name=op.f("fk_notice_message_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_notice_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("message_id", name=op.f("uq_notice_message_id")),
    )
    op.create_index("ix_notice_recipient", "notice", ["recipient_id", "id"], unique=False)
    op.create_table(
        "process_instance",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("definition_id", sa.String(length=19), nullable=False),
        sa.Column("process_key", sa.String(length=60), nullable=False),
        sa.Column("business_key", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(length=19), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["process_definition.id"], name=op.f("fk_process_instance_definition_id")
        ),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_process_instance_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_instance")),
    )
    op.create_index(op.f("ix_process_instance_business_key"), "process_instance", ["business_key"], unique=False)
    op.create_index(
        op.f("ix_process_instance_subdistrict_id_status_id"),
        "process_instance",
        ["subdistrict_id", "status", "id"],
        unique=False,
    )
    op.create_table(
        "publicity_period",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("quarter_id", sa.String(length=19), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("published_by", sa.String(length=60), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["quarter_id"], ["quarter_assessment.id"], name=op.f("fk_publicity_period_quarter_id")),
        sa.ForeignKeyConstraint(
            ["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_publicity_period_subdistrict_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publicity_period")),
    )
    op.create_index(op.f("ix_publicity_period_quarter_id"), "publicity_period", ["quarter_id"], unique=False)
    op.create_table(
        "station_rollup",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("quarter_id", sa.String(length=19), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("submitted_by", sa.String(length=60), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("deputies", sa.Integer(), nullable=False),
        sa.Column("points_tenths", sa.Integer(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["quarter_id"], ["quarter_assessment.id"], name=op.f("fk_station_rollup_quarter_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_station_rollup_station_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_station_rollup_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_rollup")),
        sa.UniqueConstraint("quarter_id", "station_id", name=op.f("uq_station_rollup_quarter_id_station_id")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=True),
        sa.Column("login", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=True),
        sa.Column("display_name", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("large_print", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_user_person_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_user_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("login", name=op.f("uq_user_login")),
    )
    op.create_index(op.f("ix_user_subdistrict_id"), "user", ["subdistrict_id"], unique=False)
    op.create_index(
        "uq_user_person",
        "user",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("active"),
        sqlite_where=sa.text("active"),
    )
    op.create_table(
        "village_index",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("quarter_id", sa.String(length=19), nullable=False),
        sa.Column("village_id", sa.String(length=19), nullable=False),
        sa.Column("average_points_tenths", sa.Integer(), nullable=False),
        sa.Column("average_tenths", sa.Integer(), nullable=False),
        sa.Column("replies_tenths", sa.Integer(), nullable=False),
        sa.Column("receptions_tenths", sa.Integer(), nullable=False),
        sa.Column("rollup_tenths", sa.Integer(), nullable=False),
        sa.Column("index_tenths", sa.Integer(), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("rule", Json, nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["quarter_id"], ["quarter_assessment.id"], name=op.f("fk_village_index_quarter_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_village_index_subdistrict_id")),
        sa.ForeignKeyConstraint(["village_id"], ["org_unit.id"], name=op.f("fk_village_index_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_index")),
        sa.UniqueConstraint("quarter_id", "village_id", name=op.f("uq_village_index_quarter_id_village_id")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_api_token_user_id_name")),
    )
    op.create_table(
        "attendance",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("activity_id", sa.String(length=19), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("group_id", sa.String(length=19), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_attendance_activity_id")),
        sa.ForeignKeyConstraint(["group_id"], ["org_unit.id"], name=op.f("fk_attendance_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_attendance_person_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_attendance_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("activity_id", "person_id", name=op.f("uq_attendance_activity_id_person_id")),
    )
    op.create_index("ix_attendance_person", "attendance", ["person_id"], unique=False)
    op.create_table(
        "bonus_claim",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("month_id", sa.String(length=19), nullable=False),
        sa.Column("person_id", sa.String(length=19), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("fact", sa.String(length=200), nullable=False),
        sa.Column("fact_key", sa.String(length=80), nullable=False),
        sa.Column("proof", sa.String(length=500), nullable=False),
        sa.Column("points_tenths", sa.Integer(), nullable=False),
        sa.Column("rule", Json, nullable=False),
        sa.Column("state", sa.String(length=4), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["month_id"], ["monthly_assessment.id"], name=op.f("fk_bonus_claim_month_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bonus_claim_person_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_bonus_claim_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bonus_claim")),
    )
    op.create_index(op.f("ix_bonus_claim_month_id"), "bonus_claim", ["month_id"], unique=False)
    op.create_index(op.f("ix_bonus_claim_person_id_fact_key"), "bonus_claim", ["person_id", "fact_key"], unique=False)
    op.create_table(
        "case_party",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("case_id", sa.String(length=19), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["constituent_case.id"], name=op.f("fk_case_party_case_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_case_party_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_party")),
    )
    op.create_index(op.f("ix_case_party_case_id"), "case_party", ["case_id"], unique=False)
    op.create_table(
        "case_referral",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("case_id", sa.String(length=19), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("handler", sa.String(length=20), nullable=False),
        sa.Column("department_id", sa.String(length=19), nullable=True),
        sa.Column("handle_by", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("returned_at", UtcDateTime(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["constituent_case.id"], name=op.f("fk_case_referral_case_id")),
        sa.ForeignKeyConstraint(["department_id"], ["org_unit.id"], name=op.f("fk_case_referral_department_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_case_referral_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_referral")),
    )
    op.create_index(op.f("ix_case_referral_case_id"), "case_referral", ["case_id"], unique=False)
    op.create_table(
        "contact_attempt",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("case_id", sa.String(length=19), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proof", sa.String(length=120), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["constituent_case.id"], name=op.f("fk_contact_attempt_case_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_contact_attempt_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempt")),
    )
    op.create_index(op.f("ix_contact_attempt_case_id"), "contact_attempt", ["case_id"], unique=False)
    op.create_table(
        "deadline_change",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("case_id", sa.String(length=19), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("old", sa.Date(), nullable=True),
        sa.Column("new", sa.Date(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("calendar_revision", sa.Integer(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["constituent_case.id"], name=op.f("fk_deadline_change_case_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_deadline_change_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_change")),
    )
    op.create_index(op.f("ix_deadline_change_case_id"), "deadline_change", ["case_id"], unique=False)
    op.create_table(
        "event_wait",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("instance_id", sa.String(length=19), nullable=False),
        sa.Column("waiting_token", sa.String(length=32), nullable=False),
        sa.Column("node_id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_event_wait_instance_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_event_wait_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_wait")),
    )
    op.create_index("ix_event_wait_instance", "event_wait", ["instance_id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("activity_id", sa.String(length=19), nullable=False),
        sa.Column("file_id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("caption", sa.String(length=120), nullable=False),
        sa.Column("added_by", sa.String(length=60), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_evidence_activity_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_evidence_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("activity_id", "file_id", name=op.f("uq_evidence_activity_id_file_id")),
    )
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"], unique=False)
    op.create_table(
        "history",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("instance_id", sa.String(length=19), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.String(length=19), nullable=False),
        sa.Column("actor_name", sa.String(length=60), nullable=False),
        sa.Column("node_id", sa.String(length=60), nullable=False),
        sa.Column("node_name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("milestone", sa.String(length=20), nullable=True),
        sa.Column("data", Json, nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_history_instance_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_history_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index("ix_history_instance", "history", ["instance_id", "id"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("instance_id", sa.String(length=19), nullable=True),
        sa.Column("job_id", sa.String(length=19), nullable=True),
        sa.Column("node_id", sa.String(length=60), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_by", sa.String(length=19), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_incident_instance_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_incident_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index("ix_incident_instance", "incident", ["instance_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("instance_id", sa.String(length=19), nullable=True),
        sa.Column("waiting_token", sa.String(length=32), nullable=True),
        sa.Column("node_id", sa.String(length=60), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("due_rule", sa.String(length=200), nullable=False),
        sa.Column("payload", Json, nullable=True),
        sa.Column("dedup", sa.String(length=120), nullable=True),
        sa.Column("run_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("token", sa.String(length=32), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_job_instance_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_job_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("dedup", name=op.f("uq_job_dedup")),
    )
    op.create_index(
        "ix_job_due",
        "job",
        ["run_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('ready', 'running')"),
        sqlite_where=sa.text("status IN ('ready', 'running')"),
    )
    op.create_index("ix_job_instance", "job", ["instance_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("user_id", sa.String(length=19), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.String(length=19), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_membership_unit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_role_unit_id"), "membership", ["role", "unit_id"], unique=False)
    op.create_index(op.f("ix_membership_user_id"), "membership", ["user_id"], unique=False)
    op.create_table(
        "user_task",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("instance_id", sa.String(length=19), nullable=False),
        sa.Column("process_key", sa.String(length=60), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("node_id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("form_key", sa.String(length=60), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("candidate", sa.String(length=60), nullable=True),
        sa.Column("assignee", sa.String(length=19), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("sort_on", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("completed_by", sa.String(length=19), nullable=True),
        sa.Column("draft", Json, nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_user_task_instance_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_user_task_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_task")),
    )
    op.create_index("ix_user_task_done", "user_task", ["completed_by", "id"], unique=False)
    op.create_index(
        "ix_user_task_inbox",
        "user_task",
        ["candidate", "sort_on", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_user_task_instance", "user_task", ["instance_id"], unique=False)
    op.create_index(
        "ix_user_task_mine",
        "user_task",
        ["assignee", "sort_on", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'open' AND assignee IS NOT NULL"),
        sqlite_where=sa.text("status = 'open' AND assignee IS NOT NULL"),
    )
    op.create_table(
        "web_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=19), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_web_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_expires_at"), "web_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_web_session_user_id"), "web_session", ["user_id"], unique=False)
    op.create_table(
        "assessment_line",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("month_id", sa.String(length=19), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attendance_id", sa.String(length=19), nullable=False),
        sa.Column("activity_id", sa.String(length=19), nullable=False),
        sa.Column("group_id", sa.String(length=19), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("attendance_state", sa.String(length=6), nullable=False),
        sa.Column("points_tenths", sa.Integer(), nullable=False),
        sa.Column("rule", Json, nullable=False),
        sa.Column("state", sa.String(length=4), nullable=False),
        sa.Column("objection", sa.String(length=500), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_assessment_line_activity_id")),
        sa.ForeignKeyConstraint(["attendance_id"], ["attendance.id"], name=op.f("fk_assessment_line_attendance_id")),
        sa.ForeignKeyConstraint(["group_id"], ["org_unit.id"], name=op.f("fk_assessment_line_group_id")),
        sa.ForeignKeyConstraint(["month_id"], ["monthly_assessment.id"], name=op.f("fk_assessment_line_month_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_assessment_line_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_line")),
        sa.UniqueConstraint("month_id", "attendance_id", name=op.f("uq_assessment_line_month_id_attendance_id")),
    )
    op.create_index(op.f("ix_assessment_line_activity_id"), "assessment_line", ["activity_id"], unique=False)
    op.create_table(
        "verification",
        sa.Column("id", sa.String(length=19), nullable=False),
        sa.Column("quarter_id", sa.String(length=19), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.String(length=19), nullable=False),
        sa.Column("line_id", sa.String(length=19), nullable=True),
        sa.Column("claim_id", sa.String(length=19), nullable=True),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("verdict", sa.String(length=4), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("subdistrict_id", sa.String(length=19), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["bonus_claim.id"], name=op.f("fk_verification_claim_id")),
        sa.ForeignKeyConstraint(["line_id"], ["assessment_line.id"], name=op.f("fk_verification_line_id")),
        sa.ForeignKeyConstraint(["quarter_id"], ["quarter_assessment.id"], name=op.f("fk_verification_quarter_id")),
        sa.ForeignKeyConstraint(["station_id"], ["org_unit.id"], name=op.f("fk_verification_station_id")),
        sa.ForeignKeyConstraint(["subdistrict_id"], ["subdistrict.id"], name=op.f("fk_verification_subdistrict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
        sa.UniqueConstraint("quarter_id", "number", name=op.f("uq_verification_quarter_id_number")),
    )


def downgrade() -> None:

    op.drop_table("verification")
    op.drop_index(op.f("ix_assessment_line_activity_id"), table_name="assessment_line")
    op.drop_table("assessment_line")
    op.drop_index(op.f("ix_web_session_user_id"), table_name="web_session")
    op.drop_index(op.f("ix_web_session_expires_at"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_index(
        "ix_user_task_mine",
        table_name="user_task",
        postgresql_where=sa.text("status = 'open' AND assignee IS NOT NULL"),
        sqlite_where=sa.text("status = 'open' AND assignee IS NOT NULL"),
    )
    op.drop_index("ix_user_task_instance", table_name="user_task")
    op.drop_index(
        "ix_user_task_inbox",
        table_name="user_task",
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.drop_index("ix_user_task_done", table_name="user_task")
    op.drop_table("user_task")
    op.drop_index(op.f("ix_membership_user_id"), table_name="membership")
    op.drop_index(op.f("ix_membership_role_unit_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index("ix_job_instance", table_name="job")
    op.drop_index(
        "ix_job_due",
        table_name="job",
        postgresql_where=sa.text("status IN ('ready', 'running')"),
        sqlite_where=sa.text("status IN ('ready', 'running')"),
    )
    op.drop_table("job")
    op.drop_index("ix_incident_instance", table_name="incident")
    op.drop_table("incident")
    op.drop_index("ix_history_instance", table_name="history")
    op.drop_table("history")
    op.drop_index("ix_evidence_sha256", table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("ix_event_wait_instance", table_name="event_wait")
    op.drop_table("event_wait")
    op.drop_index(op.f("ix_deadline_change_case_id"), table_name="deadline_change")
    op.drop_table("deadline_change")
    op.drop_index(op.f("ix_contact_attempt_case_id"), table_name="contact_attempt")
    op.drop_table("contact_attempt")
    op.drop_index(op.f("ix_case_referral_case_id"), table_name="case_referral")
    op.drop_table("case_referral")
    op.drop_index(op.f("ix_case_party_case_id"), table_name="case_party")
    op.drop_table("case_party")
    op.drop_index(op.f("ix_bonus_claim_person_id_fact_key"), table_name="bonus_claim")
    op.drop_index(op.f("ix_bonus_claim_month_id"), table_name="bonus_claim")
    op.drop_table("bonus_claim")
    op.drop_index("ix_attendance_person", table_name="attendance")
    op.drop_table("attendance")
    op.drop_table("api_token")
    op.drop_table("village_index")
    op.drop_index(
        "uq_user_person", table_name="user", postgresql_where=sa.text("active"), sqlite_where=sa.text("active")
    )
    op.drop_index(op.f("ix_user_subdistrict_id"), table_name="user")
    op.drop_table("user")
    op.drop_table("station_rollup")
    op.drop_index(op.f("ix_publicity_period_quarter_id"), table_name="publicity_period")
    op.drop_table("publicity_period")
    op.drop_index(op.f("ix_process_instance_subdistrict_id_status_id"), table_name="process_instance")
    op.drop_index(op.f("ix_process_instance_business_key"), table_name="process_instance")
    op.drop_table("process_instance")
    op.drop_index("ix_notice_recipient", table_name="notice")
    op.drop_table("notice")
    op.drop_index("ix_monthly_assessment_station", table_name="monthly_assessment")
    op.drop_table("monthly_assessment")
    op.drop_index(op.f("ix_mandate_subdistrict_id_kind_valid_from"), table_name="mandate")
    op.drop_index(op.f("ix_mandate_person_id"), table_name="mandate")
    op.drop_table("mandate")
    op.drop_index("ix_ledger_entry_person", table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_table("deputy_quarter_result")
    op.drop_index(op.f("ix_constituent_case_subdistrict_id_status_respond_by"), table_name="constituent_case")
    op.drop_index(op.f("ix_constituent_case_subdistrict_id_station_id"), table_name="constituent_case")
    op.drop_index(op.f("ix_constituent_case_department_id"), table_name="constituent_case")
    op.drop_table("constituent_case")
    op.drop_index("ix_activity_day", table_name="activity")
    op.drop_table("activity")
    op.drop_table("quarter_assessment")
    op.drop_index(op.f("ix_process_definition_key"), table_name="process_definition")
    op.drop_table("process_definition")
    op.drop_table("person")
    op.drop_index(
        "ix_outbox_message_waiting",
        table_name="outbox_message",
        postgresql_where=sa.text("status IN ('queued', 'sending')"),
        sqlite_where=sa.text("status IN ('queued', 'sending')"),
    )
    op.drop_table("outbox_message")
    op.drop_index(op.f("ix_org_unit_subdistrict_id_kind_number"), table_name="org_unit")
    op.drop_table("org_unit")
    op.drop_index("ix_event_inbox_waiting", table_name="event_inbox")
    op.drop_table("event_inbox")
    op.drop_table("case_counter")
    op.drop_table("calendar_revision")
    op.drop_index(op.f("ix_calendar_day_subdistrict_id_day"), table_name="calendar_day")
    op.drop_index(op.f("ix_calendar_day_notice_year"), table_name="calendar_day")
    op.drop_table("calendar_day")
    op.drop_table("subdistrict")
    op.drop_index(op.f("ix_sign_in_tries_last_at"), table_name="sign_in_tries")
    op.drop_table("sign_in_tries")
    op.drop_table("calendar_year")
    op.drop_table("audit_head")
    op.drop_index(op.f("ix_audit_entry_object_key"), table_name="audit_entry")
    op.drop_table("audit_entry")

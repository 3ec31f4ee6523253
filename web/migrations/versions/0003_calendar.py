"""The calendar and its invitations: series, templates, sittings, official documents, people who come, mail, feeds."""

import sqlalchemy as sa
from alembic import op

from web.migrations.holidays import list_rows

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)
CHOICE = sa.String(32)  # the value of an enumeration


def upgrade() -> None:
    create_tables()
    widen_tables()
    words = [sa.column("name", sa.String()), sa.column("basis", sa.String())]
    holiday = sa.table("holiday", sa.column("day", sa.Date()), sa.column("works", sa.Boolean()), *words)
    op.bulk_insert(holiday, list_rows())


def widen_tables() -> None:
    """What rows have that were there before: no series, no code, nothing answered, one version of each paper.

    The references are written as SQL that both databases take: SQLite adds a constraint only with its column.
    """
    for table, column, other in (
        ("meeting", "series_id", "meeting_series"),
        ("meeting", "preparing_unit_id", "unit"),
        ("meeting", "approved_by", "account"),
        ("paper", "replaces_id", "paper"),
    ):
        key = f"CONSTRAINT fk_{table}_{column}_{other} REFERENCES {other} (id)"
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER {key}")
    op.create_index("ix_meeting_series_id", "meeting", ["series_id"])
    op.create_index("ix_paper_replaces_id", "paper", ["replaces_id"])
    for added in (
        sa.Column("code", sa.String(64)),
        sa.Column("recurrence_at", INSTANT),
        sa.Column("calendar_uid", sa.String(255), nullable=False, server_default=sa.text("''")),
        sa.Column("sequence", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("relayed_from", sa.String(200), nullable=False, server_default=sa.text("''")),
        sa.Column("declared_form", CHOICE),
        sa.Column("submitted_at", INSTANT),
        sa.Column("checkin_key", sa.String(64), nullable=False, server_default=sa.text("''")),
        sa.Column("approved_at", INSTANT),
        sa.Column("recorded_at", INSTANT),
    ):
        op.add_column("meeting", added)
    note_records()
    op.create_index("ix_meeting_code", "meeting", ["code"], unique=True)
    op.create_index("ix_meeting_calendar_uid", "meeting", ["calendar_uid"])
    for added in (
        sa.Column("answer", CHOICE, nullable=False, server_default=sa.text("'needs_action'")),
        sa.Column("answer_note", sa.String(300), nullable=False, server_default=sa.text("''")),
        sa.Column("answered_at", INSTANT),
        sa.Column("answered_by", sa.String(150), nullable=False, server_default=sa.text("''")),
        sa.Column("answer_sequence", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("added_at", INSTANT),
        sa.Column("added_by", sa.String(150), nullable=False, server_default=sa.text("''")),
    ):
        op.add_column("invitation", added)
    op.add_column("unit", sa.Column("email", sa.String(254), nullable=False, server_default=sa.text("''")))
    op.add_column("paper", sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")))


def note_records() -> None:
    """Meetings whose minutes were approved already are recorded since then."""
    op.execute(
        "UPDATE meeting SET recorded_at = (SELECT min(approved_at) FROM minutes"
        " WHERE minutes.meeting_id = meeting.id AND minutes.state = 'approved') WHERE status = 'ended'"
    )
    op.execute("UPDATE meeting SET status = 'recorded' WHERE recorded_at IS NOT NULL")


def create_tables() -> None:
    op.create_table(
        "meeting_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(32), nullable=False),
        sa.Column("uid", sa.String(255), nullable=False),
        sa.Column("rule", sa.String(500), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("split_from_id", sa.Integer()),
        sa.Column("created_by", sa.Integer()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name="fk_meeting_series_created_by_account"),
        sa.ForeignKeyConstraint(
            ["split_from_id"], ["meeting_series.id"], name="fk_meeting_series_split_from_id_meeting_series"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_series"),
        sa.UniqueConstraint("slug", name="uq_meeting_series_slug"),
        sa.UniqueConstraint("uid", name="uq_meeting_series_uid"),
    )
    op.create_index("ix_meeting_series_split_from_id", "meeting_series", ["split_from_id"])
    op.create_table(
        "meeting_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("kind", CHOICE, nullable=False),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Integer()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name="fk_meeting_template_created_by_account"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_meeting_template_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_template"),
    )
    op.create_index("ix_meeting_template_kind", "meeting_template", ["kind"])
    op.create_index("ix_meeting_template_unit_id", "meeting_template", ["unit_id"])
    op.create_table(
        "form_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("old", CHOICE, nullable=False),
        sa.Column("new", CHOICE, nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_form_change_account_id_account"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_form_change_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_form_change"),
    )
    op.create_index("ix_form_change_meeting_id", "form_change", ["meeting_id"])
    op.create_table(
        "sitting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.CheckConstraint("ended_at > started_at", name="ck_sitting_ends_after_start"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_sitting_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_sitting"),
    )
    op.create_index("ix_sitting_meeting_id", "sitting", ["meeting_id"])
    op.create_table(
        "maintenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer()),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("created_by", sa.Integer()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_maintenance_ends_after_start"),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name="fk_maintenance_created_by_account"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_maintenance_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_maintenance"),
    )
    op.create_index("ix_maintenance_site_id", "maintenance", ["site_id"])
    op.create_index("ix_maintenance_starts_at", "maintenance", ["starts_at"])
    op.create_table(
        "holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_holiday"),
    )
    op.create_table(
        "delegate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer()),
        sa.Column("person_id", sa.Integer()),
        sa.Column("full_name", sa.String(100), nullable=False),
        sa.Column("position", sa.String(150), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("is_head", sa.Boolean(), nullable=False),
        sa.Column("substitute_for", sa.String(100), nullable=False),
        sa.Column("consent", CHOICE, nullable=False),
        sa.Column("consent_by", sa.String(200), nullable=False),
        sa.Column("consent_at", INSTANT),
        sa.Column("answer", CHOICE, nullable=False),
        sa.Column("answer_note", sa.String(300), nullable=False),
        sa.Column("answered_at", INSTANT),
        sa.Column("answered_by", sa.String(16), nullable=False),
        sa.Column("answer_sequence", sa.Integer(), nullable=False),
        sa.Column("attended", CHOICE),
        sa.Column("arrived_at", INSTANT),
        sa.Column("left_at", INSTANT),
        sa.Column("absence_reason", sa.String(300), nullable=False),
        sa.Column("marked_by", sa.String(150), nullable=False),
        sa.Column("marked_how", sa.String(16), nullable=False),
        sa.Column("marked_at", INSTANT),
        sa.Column("late_addition", sa.Boolean(), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.String(150), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_delegate_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_delegate_person_id_person"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_delegate_site_id_site"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_delegate_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_delegate"),
    )
    op.create_index("ix_delegate_meeting_id", "delegate", ["meeting_id"])
    op.create_index("ix_delegate_person_id", "delegate", ["person_id"])
    op.create_index("ix_delegate_site_id", "delegate", ["site_id"])
    op.create_index("ix_delegate_unit_id", "delegate", ["unit_id"])
    op.create_table(
        "answer_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegate.id"], name="fk_answer_link_delegate_id_delegate"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_answer_link_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_answer_link"),
    )
    op.create_index("ix_answer_link_delegate_id", "answer_link", ["delegate_id"])
    op.create_index("ix_answer_link_meeting_id", "answer_link", ["meeting_id"])
    op.create_table(
        "absence_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer()),
        sa.Column("full_name", sa.String(100), nullable=False),
        sa.Column("position", sa.String(150), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("substitute_name", sa.String(100), nullable=False),
        sa.Column("substitute_position", sa.String(150), nullable=False),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("asked_by", sa.Integer()),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.String(150), nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("decision_note", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name="fk_absence_request_asked_by_account"),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegate.id"], name="fk_absence_request_delegate_id_delegate"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_absence_request_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_absence_request_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_absence_request"),
    )
    op.create_index("ix_absence_request_delegate_id", "absence_request", ["delegate_id"])
    op.create_index("ix_absence_request_meeting_id", "absence_request", ["meeting_id"])
    op.create_index("ix_absence_request_unit_id", "absence_request", ["unit_id"])
    op.create_table(
        "official_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("organ_unit_id", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.String(30), nullable=False),
        sa.Column("number", sa.Integer()),
        sa.Column("year", sa.Integer()),
        sa.Column("issued_on", sa.Date()),
        sa.Column("preliminary", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("meeting_version", sa.Integer(), nullable=False),
        sa.Column("signed_file", sa.String(100), nullable=False),
        sa.Column("signed_sha256", sa.String(64), nullable=False),
        sa.Column("docx_file", sa.String(100), nullable=False),
        sa.Column("signatures", sa.JSON(), nullable=False),
        sa.Column("signer_name", sa.String(100), nullable=False),
        sa.Column("drafted_by", sa.String(150), nullable=False),
        sa.Column("drafted_at", INSTANT, nullable=False),
        sa.Column("submitted_at", INSTANT),
        sa.Column("signed_at", INSTANT),
        sa.Column("issued_at", INSTANT),
        sa.Column("issued_by", sa.String(150), nullable=False),
        sa.Column("withdrawn_at", INSTANT),
        sa.Column("withdrawn_reason", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_official_document_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["organ_unit_id"], ["unit.id"], name="fk_official_document_organ_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_official_document"),
        sa.UniqueConstraint("organ_unit_id", "symbol", "year", "number", name="uq_official_document_organ_unit_id"),
    )
    op.create_index("ix_official_document_meeting_id", "official_document", ["meeting_id"])
    op.create_index("ix_official_document_organ_unit_id", "official_document", ["organ_unit_id"])
    op.create_index("ix_official_document_state", "official_document", ["state"])
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("meeting_id", sa.Integer()),
        sa.Column("delegate_id", sa.Integer()),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("recipient_name", sa.String(150), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("claimed_until", INSTANT),
        sa.Column("error", sa.String(500), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegate.id"], name="fk_mail_delegate_id_delegate"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_mail_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_mail"),
        sa.UniqueConstraint("key", name="uq_mail_key"),
    )
    op.create_index("ix_mail_delegate_id", "mail", ["delegate_id"])
    op.create_index("ix_mail_meeting_id", "mail", ["meeting_id"])
    op.create_index("ix_mail_state_next_at", "mail", ["state", "next_at"])
    op.create_table(
        "received_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(255), nullable=False),
        sa.Column("sender", sa.String(254), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_received_mail"),
        sa.UniqueConstraint("message_id", name="uq_received_mail_message_id"),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("label", sa.String(150), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_calendar_feed_account_id_account"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_calendar_feed_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feed"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_feed_token_hash"),
    )
    op.create_index("ix_calendar_feed_account_id", "calendar_feed", ["account_id"])
    op.create_index("ix_calendar_feed_unit_id", "calendar_feed", ["unit_id"])

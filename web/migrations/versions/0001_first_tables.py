"""The first tables, the log that only grows, and the levels and systems that every province starts with."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
CHOICE = sa.String(32)  # the value of an enumeration

LEVELS = (
    {"code": "province", "name": "cấp tỉnh", "rank": 1, "valid_from": None, "valid_to": None},
    {"code": "district", "name": "cấp huyện", "rank": 2, "valid_from": None, "valid_to": date(2025, 6, 30)},
    {"code": "commune", "name": "cấp xã", "rank": 3, "valid_from": None, "valid_to": None},
)
CHANNELS = (
    {"code": "giaoban", "name": "Giao Ban", "recognised": True},
    {"code": "province_bridge", "name": "Hệ thống hội nghị truyền hình của tỉnh", "recognised": True},
    {"code": "other", "name": "Hệ thống khác (Zoom, Zalo, …)", "recognised": False},
)


def upgrade() -> None:
    create_tables()
    keep_audit_entries()
    add_reference_data()


def create_tables() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("actor", sa.String(150), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_action", "audit_entry", ["action"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"])
    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("recognised", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_channel"),
        sa.UniqueConstraint("code", name="uq_channel_code"),
    )
    op.create_table(
        "level",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_level"),
        sa.UniqueConstraint("code", name="uq_level_code"),
    )
    op.create_table(
        "secret_meeting_count",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_secret_meeting_count"),
    )
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("upper_level", sa.String(32), nullable=False),
        sa.Column("lower_level", sa.String(32), nullable=False),
        sa.Column("operator", sa.String(2), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("operator IN ('>', '>=')", name="ck_target_operator"),
        sa.PrimaryKeyConstraint("id", name="pk_target"),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", CHOICE, nullable=False),
        sa.Column("official_order", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unit"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("full_name", sa.String(100), nullable=False),
        sa.Column("position", sa.String(150), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_person_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_index("ix_person_unit_id", "person", ["unit_id"])
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("seats", sa.Integer()),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_site_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
    )
    op.create_index("ix_site_unit_id", "site", ["unit_id"])
    op.create_table(
        "unit_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.String(16), nullable=False),
        sa.Column("code", sa.String(35), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_unit_code_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_code"),
    )
    op.create_index("ix_unit_code_scheme_code", "unit_code", ["scheme", "code"])
    op.create_index("ix_unit_code_unit_id", "unit_code", ["unit_id"])
    op.create_table(
        "unit_level",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("level_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.ForeignKeyConstraint(["level_id"], ["level.id"], name="fk_unit_level_level_id_level"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_unit_level_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_level"),
    )
    op.create_index("ix_unit_level_level_id", "unit_level", ["level_id"])
    op.create_index("ix_unit_level_unit_id", "unit_level", ["unit_id"])
    op.create_table(
        "unit_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("short_name", sa.String(60), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_unit_name_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_name"),
    )
    op.create_index("ix_unit_name_unit_id", "unit_name", ["unit_id"])
    op.create_table(
        "unit_parent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name="fk_unit_parent_parent_id_unit"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_unit_parent_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_parent"),
    )
    op.create_index("ix_unit_parent_parent_id", "unit_parent", ["parent_id"])
    op.create_index("ix_unit_parent_unit_id", "unit_parent", ["unit_id"])
    op.create_table(
        "unit_succession",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("old_unit_id", sa.Integer(), nullable=False),
        sa.Column("new_unit_id", sa.Integer()),
        sa.Column("kind", CHOICE, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["new_unit_id"], ["unit.id"], name="fk_unit_succession_new_unit_id_unit"),
        sa.ForeignKeyConstraint(["old_unit_id"], ["unit.id"], name="fk_unit_succession_old_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_succession"),
    )
    op.create_index("ix_unit_succession_new_unit_id", "unit_succession", ["new_unit_id"])
    op.create_index("ix_unit_succession_old_unit_id", "unit_succession", ["old_unit_id"])
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("site_id", sa.Integer()),
        sa.Column("locale", sa.String(8), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", INSTANT),
        sa.Column("disabled_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(person_id IS NULL) <> (site_id IS NULL)", name="ck_account_person_or_site"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_person_id_person"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_account_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("username", name="uq_account_username"),
    )
    op.create_index("ix_account_person_id", "account", ["person_id"])
    op.create_index("ix_account_site_id", "account", ["site_id"])
    op.create_table(
        "busy_span",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer()),
        sa.Column("person_id", sa.Integer()),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_busy_span_ends_after_start"),
        sa.CheckConstraint("site_id IS NOT NULL OR person_id IS NOT NULL", name="ck_busy_span_site_or_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_busy_span_person_id_person"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_busy_span_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_busy_span"),
    )
    op.create_index("ix_busy_span_person_id", "busy_span", ["person_id"])
    op.create_index("ix_busy_span_site_id", "busy_span", ["site_id"])
    op.create_table(
        "account_role",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", CHOICE, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_role_account_id_account"),
        sa.PrimaryKeyConstraint("account_id", "role", name="pk_account_role"),
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(32), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("kind", CHOICE, nullable=False),
        sa.Column("convening_unit_id", sa.Integer(), nullable=False),
        sa.Column("chair_id", sa.Integer(), nullable=False),
        sa.Column("secretary_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.Integer()),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("planned_form", CHOICE, nullable=False),
        sa.Column("form_reason", sa.String(500), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("classification", CHOICE, nullable=False),
        sa.Column("status", CHOICE, nullable=False),
        sa.Column("status_reason", sa.String(500), nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("exclusion", sa.String(32), nullable=False),
        sa.Column("exclusion_reason", sa.String(500), nullable=False),
        sa.Column("attendance_confirmed_at", INSTANT),
        sa.Column("attendance_confirmed_by", sa.Integer()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_meeting_ends_after_start"),
        sa.ForeignKeyConstraint(
            ["attendance_confirmed_by"], ["account.id"], name="fk_meeting_attendance_confirmed_by_account"
        ),
        sa.ForeignKeyConstraint(["chair_id"], ["person.id"], name="fk_meeting_chair_id_person"),
        sa.ForeignKeyConstraint(["convening_unit_id"], ["unit.id"], name="fk_meeting_convening_unit_id_unit"),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name="fk_meeting_created_by_account"),
        sa.ForeignKeyConstraint(["hall_id"], ["site.id"], name="fk_meeting_hall_id_site"),
        sa.ForeignKeyConstraint(["secretary_id"], ["person.id"], name="fk_meeting_secretary_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_meeting"),
        sa.UniqueConstraint("slug", name="uq_meeting_slug"),
    )
    op.create_index("ix_meeting_chair_id", "meeting", ["chair_id"])
    op.create_index("ix_meeting_convening_unit_id", "meeting", ["convening_unit_id"])
    op.create_index("ix_meeting_ended_at", "meeting", ["ended_at"])
    op.create_index("ix_meeting_hall_id", "meeting", ["hall_id"])
    op.create_index("ix_meeting_secretary_id", "meeting", ["secretary_id"])
    op.create_index("ix_meeting_starts_at", "meeting", ["starts_at"])
    op.create_index("ix_meeting_status", "meeting", ["status"])
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("csrf_token", sa.String(64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_sign_in_account_id_account"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sign_in"),
    )
    op.create_index("ix_sign_in_account_id", "sign_in", ["account_id"])
    op.create_table(
        "agenda_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("presenter", sa.String(150), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_agenda_item_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_agenda_item"),
    )
    op.create_index("ix_agenda_item_meeting_id", "agenda_item", ["meeting_id"])
    op.create_table(
        "chat_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_chat_message_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_chat_message"),
    )
    op.create_index("ix_chat_message_meeting_id", "chat_message", ["meeting_id"])
    op.create_table(
        "guest_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("label", sa.String(150), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name="fk_guest_link_created_by_account"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_guest_link_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_guest_link"),
        sa.UniqueConstraint("token_hash", name="uq_guest_link_token_hash"),
    )
    op.create_index("ix_guest_link_meeting_id", "guest_link", ["meeting_id"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("confirmed_mode", CHOICE),
        sa.Column("head_count", sa.Integer()),
        sa.Column("note", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_invitation_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_invitation_site_id_site"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_invitation_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("meeting_id", "unit_id", name="uq_invitation_meeting_id"),
    )
    op.create_index("ix_invitation_meeting_id", "invitation", ["meeting_id"])
    op.create_index("ix_invitation_site_id", "invitation", ["site_id"])
    op.create_index("ix_invitation_unit_id", "invitation", ["unit_id"])
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", CHOICE, nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("run_after", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(500), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_job_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("kind", "subject", name="uq_job_kind"),
    )
    op.create_index("ix_job_meeting_id", "job", ["meeting_id"])
    op.create_index("ix_job_state_run_after", "job", ["state", "run_after"])
    op.create_table(
        "minutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("edited_at", INSTANT, nullable=False),
        sa.Column("edited_by", sa.String(150), nullable=False),
        sa.Column("submitted_at", INSTANT),
        sa.Column("submitted_by", sa.String(150), nullable=False),
        sa.Column("returned_reason", sa.String(500), nullable=False),
        sa.Column("approved_at", INSTANT),
        sa.Column("approved_by", sa.String(150), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_minutes_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_minutes"),
        sa.UniqueConstraint("meeting_id", "version", name="uq_minutes_meeting_id"),
    )
    op.create_index("ix_minutes_meeting_id", "minutes", ["meeting_id"])
    op.create_table(
        "presence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("site_id", sa.Integer()),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.Column("left_at", INSTANT),
        sa.Column("left_reason", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_presence_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_presence_person_id_person"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_presence_site_id_site"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_presence_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_presence"),
    )
    op.create_index("ix_presence_identity", "presence", ["identity"])
    op.create_index("ix_presence_meeting_id", "presence", ["meeting_id"])
    op.create_table(
        "recording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("speaker", sa.String(200), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("site_id", sa.Integer()),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_recording_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_recording_person_id_person"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_recording_site_id_site"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_recording_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_recording"),
        sa.UniqueConstraint("path", name="uq_recording_path"),
    )
    op.create_index("ix_recording_meeting_id", "recording", ["meeting_id"])
    op.create_index("ix_recording_state", "recording", ["state"])
    op.create_table(
        "recording_span",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("started_by", sa.String(200), nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_reason", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_recording_span_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_recording_span"),
    )
    op.create_index("ix_recording_span_meeting_id", "recording_span", ["meeting_id"])
    op.create_table(
        "room_state",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("alive_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_room_state_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("meeting_id", name="pk_room_state"),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name="fk_document_minutes_id_minutes"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        sa.UniqueConstraint("minutes_id", "format", name="uq_document_minutes_id"),
        sa.UniqueConstraint("path", name="uq_document_path"),
    )
    op.create_index("ix_document_minutes_id", "document", ["minutes_id"])
    op.create_table(
        "segment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("suspect", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_segment_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name="fk_segment_recording_id_recording"),
        sa.PrimaryKeyConstraint("id", name="pk_segment"),
    )
    op.create_index("ix_segment_meeting_id", "segment", ["meeting_id"])
    op.create_index("ix_segment_recording_id", "segment", ["recording_id"])


def keep_audit_entries() -> None:
    """An audit entry is never changed and never deleted, whoever asks the database for it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """
            CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'the audit log is append-only';
            END $$
            """
        )
        op.execute(
            """
            CREATE TRIGGER audit_entry_is_kept BEFORE UPDATE OR DELETE ON audit_entry
            FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()
            """
        )
        op.execute(
            """
            CREATE TRIGGER audit_entry_is_not_truncated BEFORE TRUNCATE ON audit_entry
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()
            """
        )
        return
    repeated = "SELECT 1 FROM audit_entry WHERE id = NEW.id"
    for name, event in (
        ("audit_entry_is_not_changed", "BEFORE UPDATE ON audit_entry"),
        ("audit_entry_is_not_deleted", "BEFORE DELETE ON audit_entry"),
        # INSERT OR REPLACE deletes without asking the trigger above.
        ("audit_entry_is_not_replaced", f"BEFORE INSERT ON audit_entry WHEN EXISTS ({repeated})"),
    ):
        op.execute(f"CREATE TRIGGER {name} {event} BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END")


def add_reference_data() -> None:
    level = sa.table(
        "level",
        sa.column("code", sa.String),
        sa.column("name", sa.String),
        sa.column("rank", sa.Integer),
        sa.column("valid_from", sa.Date),
        sa.column("valid_to", sa.Date),
    )
    op.bulk_insert(level, list(LEVELS))
    channel = sa.table(
        "channel", sa.column("code", sa.String), sa.column("name", sa.String), sa.column("recognised", sa.Boolean)
    )
    op.bulk_insert(channel, list(CHANNELS))

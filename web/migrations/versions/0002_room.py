"""The room: votes, turns of the agenda, papers, incidents, connection tests, who is on duty, who votes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)
CHOICE = sa.String(32)  # the value of an enumeration


def upgrade() -> None:
    widen_tables()
    create_tables()


def widen_tables() -> None:
    """What rows have that were there before: the settings' capacity, no names, chat for everybody."""
    op.add_column("meeting", sa.Column("capacity", sa.Integer()))
    op.add_column("invitation", sa.Column("names", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column(
        "chat_message",
        sa.Column("audience", sa.String(16), nullable=False, server_default=sa.text("'everybody'")),
    )


def create_tables() -> None:
    op.create_table(
        "voting_member",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_voting_member_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_voting_member_person_id_person"),
        sa.PrimaryKeyConstraint("meeting_id", "person_id", name="pk_voting_member"),
    )
    op.create_index("ix_voting_member_person_id", "voting_member", ["person_id"])
    op.create_table(
        "vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("agenda_title", sa.String(300), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=False),
        sa.Column("closed_by", sa.String(200), nullable=False),
        sa.Column("entitled", sa.Integer(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("cast", sa.Integer(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("valid", sa.Boolean()),
        sa.Column("in_favour", sa.Integer()),
        sa.Column("against", sa.Integer()),
        sa.Column("abstain", sa.Integer()),
        sa.Column("voters", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('ballot', 'opinion')", name="ck_vote_kind"),
        sa.CheckConstraint("state IN ('closed', 'withdrawn')", name="ck_vote_state"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_vote_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_vote"),
        sa.UniqueConstraint("meeting_id", "number", name="uq_vote_meeting_id"),
    )
    op.create_index("ix_vote_meeting_id", "vote", ["meeting_id"])
    op.create_table(
        "agenda_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("position", sa.Integer()),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_agenda_turn_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_agenda_turn"),
    )
    op.create_index("ix_agenda_turn_meeting_id", "agenda_turn", ["meeting_id"])
    op.create_table(
        "paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("uploaded_at", INSTANT, nullable=False),
        sa.Column("uploaded_by", sa.Integer()),
        sa.Column("uploaded_by_name", sa.String(150), nullable=False),
        sa.Column("for_guests", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", INSTANT),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_paper_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["uploaded_by"], ["account.id"], name="fk_paper_uploaded_by_account"),
        sa.PrimaryKeyConstraint("id", name="pk_paper"),
        sa.UniqueConstraint("path", name="uq_paper_path"),
    )
    op.create_index("ix_paper_meeting_id", "paper", ["meeting_id"])
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("site_id", sa.Integer()),
        sa.Column("kind", CHOICE, nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.Column("noted_by", sa.Integer()),
        sa.Column("noted_by_name", sa.String(150), nullable=False),
        sa.CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="ck_incident_ends_after_start"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_incident_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["noted_by"], ["account.id"], name="fk_incident_noted_by_account"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_incident_site_id_site"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_incident_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
    )
    op.create_index("ix_incident_meeting_id", "incident", ["meeting_id"])
    op.create_index("ix_incident_unit_id", "incident", ["unit_id"])
    op.create_table(
        "connection_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer()),
        sa.Column("account_id", sa.Integer()),
        sa.Column("guest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("site_id", sa.Integer()),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("route", sa.String(16), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_connection_report_account_id_account"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_connection_report_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_connection_report_site_id_site"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_connection_report_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_connection_report"),
    )
    op.create_index("ix_connection_report_account_id", "connection_report", ["account_id"])
    op.create_index("ix_connection_report_meeting_id", "connection_report", ["meeting_id"])
    op.create_index("ix_connection_report_site_id", "connection_report", ["site_id"])
    op.create_table(
        "duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("phone", sa.String(32), nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.Column("noted_by_name", sa.String(150), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_duty_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_duty_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_duty"),
        sa.UniqueConstraint("meeting_id", "site_id", name="uq_duty_meeting_id"),
    )
    op.create_index("ix_duty_meeting_id", "duty", ["meeting_id"])
    op.create_index("ix_duty_site_id", "duty", ["site_id"])

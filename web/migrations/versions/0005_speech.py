"""Speech: how far a recording has been heard while it runs, and recordings brought from elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INSTANT = sa.DateTime(timezone=True)
CHOICE = sa.String(32)  # the value of an enumeration


def upgrade() -> None:
    op.add_column("recording", sa.Column("heard", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("recording", sa.Column("heard_byte", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("job", sa.Column("worked_ms", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("segment", sa.Column("confidence", sa.Float(), nullable=True))
    create_uploads()


def create_uploads() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(43), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("speaker", sa.String(200), nullable=False),
        sa.Column("site_id", sa.Integer()),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(150), nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("recording_id", sa.Integer()),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_upload_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_upload_site_id_site"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_upload_unit_id_unit"),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name="fk_upload_recording_id_recording"),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
        sa.UniqueConstraint("token", name="uq_upload_token"),
    )
    op.create_index("ix_upload_meeting_id", "upload", ["meeting_id"])

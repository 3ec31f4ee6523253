"""Work on minutes: comments of the sites, and what each save replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INSTANT = sa.DateTime(timezone=True)
CHOICE = sa.String(32)  # the value of an enumeration


def upgrade() -> None:
    op.add_column("minutes", sa.Column("comments_until", sa.Date()))
    op.create_table(
        "minutes_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("cause", CHOICE, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.Column("saved_by", sa.String(150), nullable=False),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name="fk_minutes_revision_minutes_id_minutes"),
        sa.PrimaryKeyConstraint("id", name="pk_minutes_revision"),
        sa.UniqueConstraint("minutes_id", "revision", name="uq_minutes_revision_minutes_id"),
    )
    op.create_index("ix_minutes_revision_minutes_id", "minutes_revision", ["minutes_id"])
    op.create_table(
        "minutes_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("author", sa.String(150), nullable=False),
        sa.Column("place", sa.String(100), nullable=False),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("proposal", sa.String(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("answer", sa.String(2000), nullable=False),
        sa.Column("settled_at", INSTANT),
        sa.Column("settled_by", sa.String(150), nullable=False),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name="fk_minutes_comment_minutes_id_minutes"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_minutes_comment_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_minutes_comment"),
    )
    op.create_index("ix_minutes_comment_minutes_id", "minutes_comment", ["minutes_id"])

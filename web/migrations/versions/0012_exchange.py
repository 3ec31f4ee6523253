"""Packages of the document exchange, their recipients, and the statuses that came back."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

INSTANT = sa.DateTime(timezone=True)
CHOICE = sa.String(32)  # the value of an enumeration


def upgrade() -> None:
    op.create_table(
        "exchange_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("business", sa.String(1), nullable=False),
        sa.Column("sender_organ_id", sa.String(35), nullable=False),
        sa.Column("sender_name", sa.String(200), nullable=False),
        sa.Column("document_code", sa.String(120), nullable=False),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("claimed_until", INSTANT),
        sa.Column("error", sa.String(500), nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT),
        sa.ForeignKeyConstraint(
            ["document_id"], ["official_document.id"], name="fk_exchange_message_document_id_official_document"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_exchange_message"),
        sa.UniqueConstraint("document_id", "business", name="uq_exchange_message_document_id"),
    )
    op.create_index("ix_exchange_message_document_code", "exchange_message", ["document_code"])
    op.create_index("ix_exchange_message_state_next_at", "exchange_message", ["state", "next_at"])
    op.create_table(
        "exchange_recipient",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("organ_id", sa.String(35), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["exchange_message.id"], name="fk_exchange_recipient_message_id_exchange_message"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_exchange_recipient_unit_id_unit"),
        sa.PrimaryKeyConstraint("message_id", "organ_id", name="pk_exchange_recipient"),
    )
    op.create_index("ix_exchange_recipient_unit_id", "exchange_recipient", ["unit_id"])
    op.create_table(
        "exchange_status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("organ_id", sa.String(35), nullable=False),
        sa.Column("code", sa.String(2), nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["official_document.id"], name="fk_exchange_status_document_id_official_document"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_exchange_status"),
        sa.UniqueConstraint("document_id", "organ_id", "code", "at", name="uq_exchange_status_document_id"),
    )

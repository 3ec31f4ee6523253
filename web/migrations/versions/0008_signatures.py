"""Signatures under official documents, known certificates, images, orders to signing programs, codes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.DateTime(timezone=True)
WHOSE = "(person_id IS NULL) OR (unit_id IS NULL)"


def upgrade() -> None:
    create_signatures()
    create_certificates()
    create_images()
    create_orders()
    op.create_table(
        "document_code",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        of("document_code", "document_id", "official_document"),
        sa.PrimaryKeyConstraint("document_id", name="pk_document_code"),
        sa.UniqueConstraint("code", name="uq_document_code_code"),
    )


def of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")


def text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def create_signatures() -> None:
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        text("role", 16),
        text("name", 200),
        text("subject", 500),
        text("issuer", 500),
        text("serial", 64),
        text("fingerprint", 64),
        text("method", 16),
        sa.Column("signed_at", INSTANT),
        sa.Column("stamped", sa.Boolean(), nullable=False),
        text("original_sha256", 64),
        text("before_sha256", 64),
        text("after_sha256", 64),
        text("file", 100),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("account_id", sa.Integer()),
        text("added_by", 150),
        sa.Column("added_at", INSTANT, nullable=False),
        text("confirmed_by", 150),
        sa.Column("confirmed_at", INSTANT),
        of("signature", "document_id", "official_document"),
        of("signature", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_signature"),
    )
    for name in ("document_id", "after_sha256", "account_id"):
        op.create_index(f"ix_signature_{name}", "signature", [name])


def create_certificates() -> None:
    op.create_table(
        "signing_certificate",
        text("fingerprint", 64),
        sa.Column("person_id", sa.Integer()),
        sa.Column("unit_id", sa.Integer()),
        text("holder", 200),
        text("subject", 500),
        text("serial", 64),
        text("known_by", 150),
        sa.Column("known_at", INSTANT, nullable=False),
        of("signing_certificate", "person_id", "person"),
        of("signing_certificate", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_signing_certificate"),
        sa.CheckConstraint(WHOSE, name="ck_signing_certificate_person_or_unit"),
    )
    for name in ("person_id", "unit_id"):
        op.create_index(f"ix_signing_certificate_{name}", "signing_certificate", [name])


def create_images() -> None:
    op.create_table(
        "signature_image",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        text("added_by", 150),
        sa.Column("added_at", INSTANT, nullable=False),
        of("signature_image", "person_id", "person"),
        of("signature_image", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name="pk_signature_image"),
        sa.UniqueConstraint("person_id", name="uq_signature_image_person_id"),
        sa.UniqueConstraint("unit_id", name="uq_signature_image_unit_id"),
        sa.CheckConstraint(WHOSE, name="ck_signature_image_person_or_unit"),
    )


def create_orders() -> None:
    op.create_table(
        "signing_order",
        text("token_hash", 64),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        text("before_sha256", 64),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        of("signing_order", "document_id", "official_document"),
        of("signing_order", "account_id", "account"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_signing_order"),
    )
    for name in ("document_id", "account_id"):
        op.create_index(f"ix_signing_order_{name}", "signing_order", [name])

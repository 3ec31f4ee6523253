"""Official documents of every kind: minutes and notices of conclusions too; their files, gaps, templates."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INSTANT = sa.DateTime(timezone=True)
# How a province words and signs these; an office changes the rows on the page of templates, or adds others.
NOTICE = {
    "kind": "notice",
    "symbol": "TB-{organ}",
    "title": "THÔNG BÁO",
    "subject": "Kết luận của {position} {chair} tại {meeting}",
    "opening": (
        "{day}, tại {place}, đồng chí {chair} – {position} chủ trì {meeting} ({form}). "
        "Tham dự cuộc họp có {attendance}."
    ),
    "lead": "Sau khi nghe báo cáo và ý kiến của các đại biểu, đồng chí {chair} kết luận như sau:",
    "closing": "{organ} thông báo để các cơ quan, đơn vị liên quan biết, thực hiện.",
    "signer_position": "CHÁNH VĂN PHÒNG",
    "recipients": "Các cơ quan, đơn vị dự họp\nLưu: VT, {drafter}",
    "version": 1,
}
TEMPLATES = (
    NOTICE
    | {"name": "Thông báo của UBND, Văn phòng ký thừa lệnh", "issuer": "convening"}
    | {"authority": "TL. CHỦ TỊCH", "position": 1},
    NOTICE | {"name": "Thông báo của Văn phòng", "issuer": "office", "authority": "", "position": 2},
    {
        "kind": "correction",
        "name": "Công văn đính chính",
        "issuer": "same",
        "symbol": "{organ}-{drafter}",
        "title": "",
        "subject": "đính chính {document}",
        "opening": "{reason}",
        "lead": "{organ} đính chính {document} như sau:",
        "closing": "Các nội dung khác giữ nguyên. Đề nghị các cơ quan, đơn vị liên quan biết, thực hiện.",
        "authority": "",
        "signer_position": "CHÁNH VĂN PHÒNG",
        "recipients": "Như trên\nLưu: VT, {drafter}",
        "position": 1,
        "version": 1,
    },
)


def upgrade() -> None:
    widen_documents()
    create_files()
    create_gaps()
    create_templates()


def widen_documents() -> None:
    with op.batch_alter_table("official_document") as table:
        table.add_column(sa.Column("replaces_id", sa.Integer()))
        table.add_column(sa.Column("corrects_id", sa.Integer()))
        table.add_column(sa.Column("unsigned_file", sa.String(100), nullable=False, server_default=sa.text("''")))
        table.add_column(sa.Column("unsigned_sha256", sa.String(64), nullable=False, server_default=sa.text("''")))
        table.add_column(sa.Column("reason", sa.String(500), nullable=False, server_default=sa.text("''")))
        for name in ("replaces_id", "corrects_id"):
            table.create_foreign_key(
                f"fk_official_document_{name}_official_document", "official_document", [name], ["id"]
            )
            table.create_index(f"ix_official_document_{name}", [name])
    op.execute("UPDATE official_document SET state = 'numbered' WHERE state = 'signed' AND number IS NOT NULL")


def create_files() -> None:
    op.create_table(
        "document_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("ending", sa.String(8), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(150), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["official_document.id"], name="fk_document_file_document_id_official_document"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_document_file"),
    )
    op.create_index("ix_document_file_document_id", "document_file", ["document_id"])


def create_gaps() -> None:
    op.create_table(
        "number_gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organ_unit_id", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.String(30), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("noted_by", sa.String(150), nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["organ_unit_id"], ["unit.id"], name="fk_number_gap_organ_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_number_gap"),
    )
    op.create_index("ix_number_gap_organ_unit_id", "number_gap", ["organ_unit_id"])


def create_templates() -> None:
    texts = {"name": 150, "issuer": 16, "symbol": 40, "title": 60, "subject": 300, "opening": 1000, "lead": 1000}
    texts |= {"closing": 1000, "authority": 300, "signer_position": 100, "recipients": 2000}
    table = op.create_table(
        "document_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in texts.items()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", INSTANT),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_document_template"),
    )
    op.create_index("ix_document_template_kind", "document_template", ["kind"])
    op.bulk_insert(table, [dict(template) for template in TEMPLATES])

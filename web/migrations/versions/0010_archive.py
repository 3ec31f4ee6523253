"""Meeting files, how long they are kept, and what was destroyed by whose word. The first terms come with them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

INSTANT = sa.DateTime(timezone=True)
CHOICE = sa.String(32)  # the value of an enumeration

OLD = "Thông tư 09/2011/TT-BNV; đã có Thông tư 10/2022/TT-BNV thay thế, cần đối chiếu thời hạn hiện hành"
NONE_FOUND = "Chưa có quy định riêng; theo thời hạn của tập thông báo ý kiến, kết luận cuộc họp"
TERMS: tuple[tuple[str, int | None, str, list[str], str], ...] = (  # name, years, basis, kinds of meeting, who convenes
    ("Hồ sơ hội nghị tổng kết năm", None, OLD, ["review"], ""),
    ("Hồ sơ hội nghị sơ kết tháng, quý, 6 tháng", 5, OLD, ["review"], ""),
    ("Tập thông báo ý kiến, kết luận cuộc họp", 10, OLD, ["thematic", "working", "advisory", "technical"], ""),
    ("Sổ ghi biên bản họp giao ban của UBND tỉnh và tương đương", None, OLD, ["briefing"], "province"),
    ("Sổ ghi biên bản họp giao ban của cơ quan khác", 10, OLD, ["briefing"], "other"),
    ("Phiên họp Ủy ban nhân dân", None, NONE_FOUND, ["committee_session"], ""),
    ("Tập huấn, hội nghị triển khai, cuộc họp khác", 10, NONE_FOUND, ["training", "deployment", "other"], ""),
    ("Báo cáo công tác năm của cơ quan", None, OLD, [], ""),
    ("Báo cáo công tác tháng, tuần của cơ quan", 10, OLD, [], ""),
)


def upgrade() -> None:
    create_rules()
    create_files()
    create_destructions()
    op.create_table(
        "file_hash",
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("changed_ns", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("hashed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_file_hash_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("path", name="pk_file_hash"),
    )
    op.create_index("ix_file_hash_meeting_id", "file_hash", ["meeting_id"])


def create_rules() -> None:
    rules = op.create_table(
        "retention_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("years", sa.Integer()),
        sa.Column("basis", sa.String(300), nullable=False),
        sa.Column("meeting_kinds", sa.JSON(), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retention_rule"),
    )
    names = ("name", "years", "basis", "meeting_kinds", "scope")
    op.bulk_insert(rules, [dict(zip(names, row, strict=True)) | {"version": 1} for row in TERMS])


def create_files() -> None:
    op.create_table(
        "meeting_file",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer()),
        sa.Column("rule_by", sa.String(150), nullable=False),
        sa.Column("transferred_on", sa.Date()),
        sa.Column("transferred_to", sa.String(200), nullable=False),
        sa.Column("transferred_by", sa.String(150), nullable=False),
        sa.Column("noticed_at", INSTANT),
        sa.Column("noticed_end", sa.Date()),
        sa.Column("transfer_noticed_at", INSTANT),
        sa.Column("destroyed_at", INSTANT),
        sa.Column("media_destroyed_at", INSTANT),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_meeting_file_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["rule_id"], ["retention_rule.id"], name="fk_meeting_file_rule_id_retention_rule"),
        sa.PrimaryKeyConstraint("meeting_id", name="pk_meeting_file"),
    )
    op.create_index("ix_meeting_file_rule_id", "meeting_file", ["rule_id"])
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("placed_by", sa.String(150), nullable=False),
        sa.Column("placed_at", INSTANT, nullable=False),
        sa.Column("lifted_by", sa.String(150), nullable=False),
        sa.Column("lifted_at", INSTANT),
        sa.Column("lift_reason", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_legal_hold_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_legal_hold"),
    )
    op.create_index("ix_legal_hold_meeting_id", "legal_hold", ["meeting_id"])


def create_destructions() -> None:
    op.create_table(
        "destruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("scope", CHOICE, nullable=False),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("proposed_account_id", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.String(150), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("decided_account_id", sa.Integer()),
        sa.Column("decided_by", sa.String(150), nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("decision", sa.String(500), nullable=False),
        sa.Column("term", sa.String(500), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("done_at", INSTANT),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_destruction_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_destruction"),
    )
    for column in ("meeting_id", "state"):
        op.create_index(f"ix_destruction_{column}", "destruction", [column])

"""The indicator: facts, tallies, closed periods; its exclusions' names as scripts use them; the target of 2022."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)
CHOICE = sa.String(32)  # the value of an enumeration
LEVEL = sa.String(32)  # the code of a level

EXCLUSIONS = {"field_inspection": "field_visit", "law_in_person": "law_requires"}  # old: new
TARGET = {
    "upper_level": "province",
    "lower_level": "district",
    "operator": ">",
    "value": 80.0,
    "valid_from": date(2022, 1, 1),
    "valid_to": date(2022, 12, 31),
    "basis": "Kế hoạch năm 2022 của UBND tỉnh: trên 80% cuộc họp với cấp huyện qua truyền hình trực tuyến",
    "is_demo": False,
}
FACT_COUNTS = ("invited", "attended", "online", "sites", "sittings")
TALLY_COUNTS = (
    *("meetings", "eligible", "online_any", "online_majority", "online_all", "hybrid", "other_channel"),
    *("unattended", "unconfirmed", "relayed", "excluded", "declared", "invited", "attended", "sites"),
)
UNIT_TALLY_COUNTS = ("invited", "online", "in_hall", "absent")
KEPT = {  # tables of what is closed, and what finds a row that a new one would replace
    "ratio_closing": "SELECT 1 FROM ratio_closing WHERE id = NEW.id",
    "ratio_closing_meeting": (
        "SELECT 1 FROM ratio_closing_meeting WHERE closing_id = NEW.closing_id AND meeting_id = NEW.meeting_id"
    ),
}


def upgrade() -> None:
    rename_exclusions()
    add_target()
    create_facts()
    create_tallies()
    create_closings()
    create_explanations()
    protect_closings()


def create_facts() -> None:
    op.create_table(
        "ratio_fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("upper", LEVEL, nullable=False),
        sa.Column("lower", LEVEL, nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("convening_unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", CHOICE, nullable=False),
        sa.Column("planned_form", CHOICE, nullable=False),
        sa.Column("held_form", CHOICE),
        sa.Column("outcome_any", CHOICE, nullable=False),
        sa.Column("outcome_majority", CHOICE, nullable=False),
        sa.Column("outcome_all", CHOICE, nullable=False),
        sa.Column("department", sa.Boolean(), nullable=False),
        sa.Column("hybrid", sa.Boolean(), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("exclusion", sa.String(32), nullable=False),
        sa.Column("relayed_from", sa.String(200), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in FACT_COUNTS),
        sa.ForeignKeyConstraint(["convening_unit_id"], ["unit.id"], name="fk_ratio_fact_convening_unit_id_unit"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_ratio_fact_meeting_id_meeting"),
        sa.PrimaryKeyConstraint("id", name="pk_ratio_fact"),
        sa.UniqueConstraint("meeting_id", "lower", name="uq_ratio_fact_meeting_id"),
    )
    op.create_index("ix_ratio_fact_convening_unit_id", "ratio_fact", ["convening_unit_id"])
    op.create_index("ix_ratio_fact_upper_lower_ended_on", "ratio_fact", ["upper", "lower", "ended_on"])
    by_outcome = ["upper", "lower", "outcome_majority", "ended_on"]
    op.create_index("ix_ratio_fact_outcome_ended_on", "ratio_fact", by_outcome)
    op.create_table(
        "ratio_fact_unit",
        sa.Column("fact_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("mode", CHOICE),
        sa.ForeignKeyConstraint(["fact_id"], ["ratio_fact.id"], name="fk_ratio_fact_unit_fact_id_ratio_fact"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_ratio_fact_unit_unit_id_unit"),
        sa.PrimaryKeyConstraint("fact_id", "unit_id", name="pk_ratio_fact_unit"),
    )
    op.create_index("ix_ratio_fact_unit_unit_id_ended_on", "ratio_fact_unit", ["unit_id", "ended_on"])


def create_tallies() -> None:
    op.create_table(
        "ratio_tally",
        sa.Column("upper", LEVEL, nullable=False),
        sa.Column("lower", LEVEL, nullable=False),
        sa.Column("dimension", sa.String(16), nullable=False),
        sa.Column("grain", sa.String(4), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in TALLY_COUNTS),
        sa.PrimaryKeyConstraint("upper", "lower", "dimension", "grain", "start", "key", name="pk_ratio_tally"),
    )
    op.create_table(
        "ratio_unit_tally",
        sa.Column("upper", LEVEL, nullable=False),
        sa.Column("lower", LEVEL, nullable=False),
        sa.Column("grain", sa.String(4), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in UNIT_TALLY_COUNTS),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_ratio_unit_tally_unit_id_unit"),
        sa.PrimaryKeyConstraint("upper", "lower", "grain", "start", "unit_id", name="pk_ratio_unit_tally"),
    )


def create_closings() -> None:
    op.create_table(
        "ratio_closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("upper", LEVEL, nullable=False),
        sa.Column("lower", LEVEL, nullable=False),
        sa.Column("calendar", sa.String(16), nullable=False),
        sa.Column("period", sa.String(24), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.Column("figures", sa.String(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("closed_by", sa.String(150), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ratio_closing"),
        sa.UniqueConstraint("upper", "lower", "calendar", "period", name="uq_ratio_closing_upper"),
    )
    op.create_table(
        "ratio_closing_meeting",
        sa.Column("closing_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["closing_id"], ["ratio_closing.id"], name="fk_ratio_closing_meeting_closing_id_ratio_closing"
        ),
        sa.PrimaryKeyConstraint("closing_id", "meeting_id", name="pk_ratio_closing_meeting"),
    )


def create_explanations() -> None:
    op.create_table(
        "ratio_explanation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("upper", LEVEL, nullable=False),
        sa.Column("lower", LEVEL, nullable=False),
        sa.Column("calendar", sa.String(16), nullable=False),
        sa.Column("period", sa.String(24), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_by", sa.String(150), nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_ratio_explanation_account_id_account"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_ratio_explanation_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_ratio_explanation"),
        sa.UniqueConstraint("unit_id", "upper", "lower", "calendar", "period", name="uq_ratio_explanation_unit_id"),
    )
    op.create_index("ix_ratio_explanation_unit_id", "ratio_explanation", ["unit_id"])
    op.create_table(
        "unit_distance",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("km", sa.Float(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_unit_distance_unit_id_unit"),
        sa.PrimaryKeyConstraint("unit_id", name="pk_unit_distance"),
    )


def protect_closings() -> None:
    """What was closed stays as it was, as the audit log does."""
    refusal = "a closed period is kept as it was"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""
            CREATE FUNCTION refuse_closing_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '{refusal}';
            END $$
            """
        )
    for table, present in KEPT.items():
        if op.get_bind().dialect.name == "postgresql":
            call = "EXECUTE FUNCTION refuse_closing_change()"
            op.execute(f"CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {call}")
            op.execute(f"CREATE TRIGGER {table}_is_not_truncated BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}")
            continue
        for name, event in (
            ("changed", f"BEFORE UPDATE ON {table}"),
            ("deleted", f"BEFORE DELETE ON {table}"),
            # INSERT OR REPLACE deletes without asking the trigger above.
            ("replaced", f"BEFORE INSERT ON {table} WHEN EXISTS ({present})"),
        ):
            op.execute(f"CREATE TRIGGER {table}_is_not_{name} {event} BEGIN SELECT RAISE(ABORT, '{refusal}'); END")


def rename_exclusions() -> None:
    meeting = sa.table("meeting", sa.column("exclusion", sa.String))
    for old, new in EXCLUSIONS.items():
        op.execute(sa.update(meeting).where(meeting.c.exclusion == old).values(exclusion=new))


def add_target() -> None:
    """Unless some target of 2022 was set for the pair: targets must not overlap."""
    columns = [
        sa.column("upper_level", sa.String),
        sa.column("lower_level", sa.String),
        sa.column("operator", sa.String),
        sa.column("value", sa.Float),
        sa.column("valid_from", sa.Date),
        sa.column("valid_to", sa.Date),
        sa.column("basis", sa.String),
        sa.column("is_demo", sa.Boolean),
    ]
    target = sa.table("target", *columns)
    present = sa.select(sa.literal(1)).where(
        target.c.upper_level == TARGET["upper_level"],
        target.c.lower_level == TARGET["lower_level"],
        target.c.valid_from <= TARGET["valid_to"],
        sa.or_(target.c.valid_to.is_(None), target.c.valid_to >= TARGET["valid_from"]),
    )
    if op.get_bind().execute(present).first() is None:
        op.bulk_insert(target, [TARGET])

"""The indicator: the words that scripts use for its exclusions, and the target of 2022."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

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


def upgrade() -> None:
    rename_exclusions()
    add_target()


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

"""Tasks given by conclusions, what became of them, and their place on the next agenda; redrafts of minutes."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

INSTANT = sa.DateTime(timezone=True)
CHOICE = sa.String(32)  # the value of an enumeration


def upgrade() -> None:
    op.add_column("agenda_item", sa.Column("carried", sa.Boolean(), nullable=False, server_default=sa.false()))
    create_tasks()
    op.create_table(
        "task_unit",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer()),
        sa.Column("name", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_task_unit_task_id_task"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_task_unit_unit_id_unit"),
        sa.PrimaryKeyConstraint("task_id", "position", name="pk_task_unit"),
    )
    op.create_index("ix_task_unit_unit_id", "task_unit", ["unit_id"])
    op.create_table(
        "task_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("step", CHOICE, nullable=False),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("day_before", sa.Date()),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_task_event_task_id_task"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_task_event_account_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_task_event"),
    )
    op.create_index("ix_task_event_task_id", "task_event", ["task_id"])
    op.create_table(
        "redraft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(150), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name="fk_redraft_minutes_id_minutes"),
        sa.PrimaryKeyConstraint("id", name="pk_redraft"),
    )
    op.create_index("ix_redraft_minutes_id", "redraft", ["minutes_id"])


def create_tasks() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lead_unit_id", sa.Integer()),
        sa.Column("lead_name", sa.String(200), nullable=False),
        sa.Column("product", sa.String(500), nullable=False),
        sa.Column("due", sa.Date()),
        sa.Column("original_due", sa.Date()),
        sa.Column("asked_due", sa.Date()),
        sa.Column("segment_id", sa.Integer()),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.Column("minutes_version", sa.Integer(), nullable=False),
        sa.Column("reported_on", sa.Date()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_task_meeting_id_meeting"),
        sa.ForeignKeyConstraint(["lead_unit_id"], ["unit.id"], name="fk_task_lead_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
    )
    for column in ("meeting_id", "lead_unit_id", "due", "state"):
        op.create_index(f"ix_task_{column}", "task", [column])

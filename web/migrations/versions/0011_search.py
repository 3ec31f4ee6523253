"""The index that searching reads. Every meeting there is must be read into it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

INSTANT = sa.DateTime(timezone=True)


CHANGES = (  # of these the meeting is read again; the second is the column with its key
    ("meeting", "id", "INSERT"),
    ("meeting", "id", "UPDATE OF title, starts_at"),
    *(
        (table, "meeting_id", change)
        for table in ("agenda_item", "paper", "segment", "minutes")
        for change in ("INSERT", "UPDATE", "DELETE")
    ),
)


def upgrade() -> None:
    create_tables()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5"
            "(marked, folded, content='', tokenize='unicode61 remove_diacritics 0')"
        )
    else:
        op.execute("ALTER TABLE search_entry ADD COLUMN words tsvector")
        op.execute("CREATE INDEX ix_search_entry_words ON search_entry USING gin (words)")
    for table, key, change in CHANGES:
        verb = change.split()[0]
        row = "OLD" if verb == "DELETE" else "NEW"
        note = f"INSERT INTO search_due (meeting_id) VALUES ({row}.{key});"  # noqa: S608 - names of our own
        add_trigger(f"search_{table}_{verb.lower()}", table, change, note)
    add_trigger("search_meeting_delete", "meeting", "DELETE", "DELETE FROM search_due WHERE meeting_id = OLD.id;")
    op.execute("INSERT INTO search_due (meeting_id) SELECT id FROM meeting ORDER BY starts_at, id")


def create_tables() -> None:
    op.create_table(
        "search_entry",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("meeting_id", sa.Integer(), sa.ForeignKey("meeting.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("ref", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(300), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("starts_at", INSTANT),
        sa.Column("marks", sa.String(), nullable=False),
    )
    op.create_index("ix_search_entry_meeting_id", "search_entry", ["meeting_id"])
    op.create_table(
        "search_due",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("taken_until", INSTANT),
    )
    op.create_index("ix_search_due_meeting_id", "search_due", ["meeting_id"])


def add_trigger(name: str, table: str, change: str, does: str) -> None:
    """Done after each row that is written."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} AFTER {change} ON {table} BEGIN {does} END")
        return
    op.execute(f"CREATE FUNCTION note_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} RETURN NULL; END $$")
    op.execute(f"CREATE TRIGGER {name} AFTER {change} ON {table} FOR EACH ROW EXECUTE FUNCTION note_{name}()")

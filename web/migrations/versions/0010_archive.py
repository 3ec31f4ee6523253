"""Meeting files, how long they are kept, and what was destroyed by whose word."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Nothing yet."""

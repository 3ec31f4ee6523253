"""Messages of the document exchange, out and in."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Nothing yet."""

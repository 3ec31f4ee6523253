"""Tasks given by conclusions, and what became of them."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Nothing yet."""

"""Speech: how far a recording has been heard while it runs, and recordings brought from elsewhere."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Nothing yet."""

"""Work on minutes: comments of the sites, and what each save replaced."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing yet."""

"""Official documents of every kind: minutes and notices of conclusions beside invitations."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing yet."""

"""What settings of more than one part must lie within."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
MOST_PORT = 65_535

"""Secrets that are addresses, links or cookies: what is kept of them."""

import hashlib


def hash_token(token: str) -> str:
    """Its SHA-256. A token is random and long, so nothing slower is needed to keep it from being guessed."""
    return hashlib.sha256(token.encode()).hexdigest()

"""What is a mail address here: one that can stand in a letter's head and in a calendar without being quoted."""

import re

LONGEST = 254  # RFC 5321, section 4.5.3.1
LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = re.compile(rf"(?P<local>{LOCAL})@(?P<domain>{LABEL}(?:\.{LABEL})*)")


def read_address(text: str) -> str | None:
    """The address, its domain in small letters; ``None`` for what is none. ``mailto:`` may stand before it."""
    plain = text.strip()
    if plain[:7].lower() == "mailto:":
        plain = plain[7:].strip()
    if len(plain) > LONGEST:
        return None
    match = ADDRESS.fullmatch(plain)
    if match is None or len(match["local"]) > 64:
        return None
    return f"{match['local']}@{match['domain'].lower()}"


def same_address(one: str, other: str) -> bool:
    """Whether two are one mailbox. The part before the sign differs in case nowhere that matters."""
    first, second = read_address(one), read_address(other)
    return first is not None and second is not None and first.lower() == second.lower()

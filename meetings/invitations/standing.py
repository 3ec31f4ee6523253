"""Where an official invitation stands, in one word."""

from enum import StrEnum

from meetings.invitation_models import OfficialDocument
from meetings.kinds import DocumentState


class Standing(StrEnum):
    """``NUMBERED``: signed, and the clerk has given it its number and day; it may leave now."""

    NONE = "none"
    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    SIGNED = "signed"
    NUMBERED = "numbered"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


def standing_of(document: OfficialDocument | None) -> Standing:
    if document is None:
        return Standing.NONE
    if document.state is DocumentState.SIGNED and document.number is not None:
        return Standing.NUMBERED
    return Standing(document.state.value)

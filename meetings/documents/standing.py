"""Where an official document stands, in one word, and who has to sign it."""

from collections.abc import Mapping
from enum import StrEnum

from meetings.document_models import OfficialDocument
from meetings.kinds import DocumentKind, DocumentState


class Standing(StrEnum):
    """``DocumentState``, and ``NONE`` where there is no document."""

    NONE = "none"
    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    SIGNED = "signed"
    NUMBERED = "numbered"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


SIGNED = (DocumentState.SIGNED, DocumentState.NUMBERED)  # by all who must
HANDED_IN = (DocumentState.SUBMITTED, *SIGNED)  # to be signed, numbered, issued
OPEN = (DocumentState.DRAFTED, *HANDED_IN)  # on its way
LEFT = (DocumentState.ISSUED, DocumentState.WITHDRAWN, DocumentState.REPLACED)  # frozen
ROLES: Mapping[str, tuple[str, ...]] = {
    DocumentKind.MINUTES: ("secretary", "chair"),
    DocumentKind.NOTICE: ("signer",),
    DocumentKind.CORRECTION: ("signer",),
    DocumentKind.INVITATION: ("signer",),
}
SEAL = ("organ",)  # the organ's own signature, given by the clerk with the number, before it is issued


def standing_of(document: OfficialDocument | None) -> Standing:
    return Standing.NONE if document is None else Standing(document.state.value)


def required_roles(document: OfficialDocument) -> tuple[str, ...]:
    """Whose signatures make it signed, in the order in which they are given."""
    return ROLES[document.kind]


def state_when_signed(document: OfficialDocument) -> DocumentState:
    """A number that the clerk gave stays with a document that was redone and is signed anew."""
    return DocumentState.SIGNED if document.number is None else DocumentState.NUMBERED

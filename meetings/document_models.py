"""The tables of official documents: the register, the files of each step, numbers left out, templates of notices.

As in ``meetings.models``: instants in UTC, columns and constraints alone.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from meetings.kinds import DocumentKind as DocumentKind
from meetings.kinds import DocumentState as DocumentState
from meetings.models import choice


class OfficialDocument(SQLModel, table=True):
    """A document on its way to being official, and the file that left. ``kind`` is a ``DocumentKind``.

    ``content`` is what the form was filled with; every kind has ``subject``, ``organ`` and ``signer_name`` in it.
    ``preliminary``: the letter that may go before the official invitation when a meeting is urgent. Numbers are the
    clerk's, one sequence for each organ, symbol and year. Files are named as they lie in the documents' folder:
    ``unsigned_file`` is the PDF that was printed here to be signed, ``signed_file`` the one with the signatures that it
    has at present, which at last leaves; ``docx_file`` the same words for an office's
    own templates; each earlier one is a ``DocumentFile``. ``signatures`` tells what the PDF says of itself.
    ``replaces_id``: the issued document in whose place this one comes; ``corrects_id``: the one that it corrects.
    """

    __tablename__ = "official_document"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    kind: str = Field(default=DocumentKind.INVITATION.value, max_length=16)
    organ_unit_id: int = Field(foreign_key="unit.id", index=True)
    symbol: str = Field(default="", max_length=30)  # "GM-UBND"
    number: int | None = None
    year: int | None = None
    issued_on: date | None = None
    preliminary: bool = False
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    state: DocumentState = Field(default=DocumentState.DRAFTED, sa_type=choice(DocumentState), index=True)
    version: int = 1
    meeting_version: int = 1  # of the booking that it was drafted from
    replaces_id: int | None = Field(default=None, foreign_key="official_document.id", index=True)
    corrects_id: int | None = Field(default=None, foreign_key="official_document.id", index=True)
    reason: str = Field(default="", max_length=500)  # why it replaces or corrects
    unsigned_file: str = Field(default="", max_length=100)
    unsigned_sha256: str = Field(default="", max_length=64)
    signed_file: str = Field(default="", max_length=100)  # its name in the documents' folder
    signed_sha256: str = Field(default="", max_length=64)
    docx_file: str = Field(default="", max_length=100)
    signatures: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    signer_name: str = Field(default="", max_length=100)
    drafted_by: str = Field(default="", max_length=150)
    drafted_at: datetime
    submitted_at: datetime | None = None
    signed_at: datetime | None = None
    issued_at: datetime | None = None
    issued_by: str = Field(default="", max_length=150)
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = Field(default="", max_length=500)
    __table_args__ = (UniqueConstraint("organ_unit_id", "symbol", "year", "number"),)


class DocumentFile(SQLModel, table=True):
    """One file of a document as it was at a step: "submitted", "signed", "numbered", "sealed" or "issued".

    Rows are added and never changed, files never overwritten: which bytes were signed, and what became of them, can be
    read later on.
    """

    __tablename__ = "document_file"
    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="official_document.id", index=True)
    step: str = Field(max_length=16)
    ending: str = Field(max_length=8)  # "pdf" or "docx"
    name: str = Field(max_length=100)  # in the documents' folder
    sha256: str = Field(max_length=64)
    version: int  # the document's, once the file was there
    added_by: str = Field(default="", max_length=150)
    added_at: datetime


class NumberGap(SQLModel, table=True):
    """Why the numbers from ``first`` to ``last`` of a sequence are not in the register. The clerk's words."""

    __tablename__ = "number_gap"
    id: int | None = Field(default=None, primary_key=True)
    organ_unit_id: int = Field(foreign_key="unit.id", index=True)
    symbol: str = Field(max_length=30)
    year: int
    first: int
    last: int
    reason: str = Field(max_length=500)
    noted_by: str = Field(default="", max_length=150)
    noted_at: datetime


class DocumentTemplate(SQLModel, table=True):
    """How an office words and signs a kind of document: what changes from office to office stands here, not in code.

    ``issuer`` is "convening" (the organ that convened the meeting), "office" (the one that serves it),
    "preparing", or "same" (of a correction: the organ of the document that it corrects).
    ``symbol`` may hold ``{organ}``, its abbreviation; ``subject``, ``opening``, ``lead`` and ``closing`` the
    placeholders of ``meetings.documents.wording``. Lists are one value a line.
    """

    __tablename__ = "document_template"
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=16, index=True)
    name: str = Field(max_length=150)
    issuer: str = Field(default="convening", max_length=16)
    symbol: str = Field(max_length=40)
    title: str = Field(default="", max_length=60)  # "THÔNG BÁO"; empty: an official letter
    subject: str = Field(default="", max_length=300)
    opening: str = Field(default="", max_length=1000)
    lead: str = Field(default="", max_length=1000)  # before the numbered points
    closing: str = Field(default="", max_length=1000)
    authority: str = Field(default="", max_length=300)
    signer_position: str = Field(default="", max_length=100)
    recipients: str = Field(default="", max_length=2000)
    position: int = 0  # among those of its kind; the first is offered first
    retired_at: datetime | None = None
    version: int = 1

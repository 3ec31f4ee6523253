"""The tables of the document exchange: packages that are to leave, to whom, and what receivers said of them."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from meetings.kinds import MailState
from meetings.models import choice


class ExchangeMessage(SQLModel, table=True):
    """A package about an official document. ``business`` is BussinessDocType: "0" the document, "1" its recall, "3" the
    document in the place of another.

    The package itself is written when it leaves, from the document, which is frozen, so that it is the same each time.
    ``error``: what went wrong last, as ``trouble: the gateway's words``.
    """

    __tablename__ = "exchange_message"
    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="official_document.id")
    business: str = Field(max_length=1)
    sender_organ_id: str = Field(max_length=35)
    sender_name: str = Field(max_length=200)
    document_code: str = Field(max_length=120, index=True)  # DocumentId of the format, by which statuses name it
    state: MailState = Field(default=MailState.QUEUED, sa_type=choice(MailState))
    attempts: int = 0
    next_at: datetime
    claimed_until: datetime | None = None
    error: str = Field(default="", max_length=500)
    queued_at: datetime
    sent_at: datetime | None = None
    __table_args__ = (
        UniqueConstraint("document_id", "business"),
        Index("ix_exchange_message_state_next_at", "state", "next_at"),
    )


class ExchangeRecipient(SQLModel, table=True):
    """An organ that a package goes to, under the name and the identifier that it had when it was queued."""

    __tablename__ = "exchange_recipient"
    message_id: int = Field(foreign_key="exchange_message.id", primary_key=True)
    organ_id: str = Field(primary_key=True, max_length=35)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    name: str = Field(max_length=200)


class ExchangeStatus(SQLModel, table=True):
    """What a recipient said became of a document. Rows are added and never changed; the same one counts once."""

    __tablename__ = "exchange_status"
    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="official_document.id")
    organ_id: str = Field(max_length=35)
    code: str = Field(max_length=2)
    description: str = Field(default="", max_length=500)
    at: datetime  # as the receiver wrote it
    received_at: datetime
    __table_args__ = (UniqueConstraint("document_id", "organ_id", "code", "at"),)

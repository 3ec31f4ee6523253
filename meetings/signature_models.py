"""The tables of signatures: those under documents, whose certificates are known, images, orders to a signing program.

As in ``meetings.models``: instants in UTC, columns and constraints alone. No password, PIN or key is in any of them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field, SQLModel

WHOSE = "(person_id IS NULL) OR (unit_id IS NULL)"


class Signature(SQLModel, table=True):
    """One signature under an official document, in the file that it came in.

    ``role``: in which it counts, of ``standing.required_roles`` or "organ". ``original_sha256`` is the file that was
    printed here, ``before_sha256`` and ``after_sha256`` are the files between which it was added. ``method``: "upload",
    "pkcs12", "pkcs11" or "plugin". While ``confirmed_at`` is missing a person has yet to say whose certificate it is,
    and it does not count. ``verdict`` is what was found of the whole file (``signing.verdicts.Verdict``).
    """

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="official_document.id", index=True)
    role: str = Field(max_length=16)
    name: str = Field(max_length=200)  # on the certificate
    subject: str = Field(default="", max_length=500)
    issuer: str = Field(default="", max_length=500)
    serial: str = Field(max_length=64)
    fingerprint: str = Field(max_length=64)
    method: str = Field(max_length=16)
    signed_at: datetime | None = None
    stamped: bool = False  # ``signed_at`` is a trusted timestamp's, not the signer's own clock
    original_sha256: str = Field(max_length=64)
    before_sha256: str = Field(max_length=64)
    after_sha256: str = Field(max_length=64, index=True)
    file: str = Field(max_length=100)  # in the documents' folder
    verdict: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    added_by: str = Field(default="", max_length=150)
    added_at: datetime
    confirmed_by: str = Field(default="", max_length=150)
    confirmed_at: datetime | None = None


class SigningCertificate(SQLModel, table=True):
    """A certificate that a person or an organ is known to sign with."""

    __tablename__ = "signing_certificate"
    fingerprint: str = Field(primary_key=True, max_length=64)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    holder: str = Field(max_length=200)  # as documents name them, where there is no row of a person
    subject: str = Field(default="", max_length=500)
    serial: str = Field(default="", max_length=64)
    known_by: str = Field(default="", max_length=150)
    known_at: datetime
    __table_args__ = (CheckConstraint(WHOSE, name="person_or_unit"),)


class SignatureImage(SQLModel, table=True):
    """The picture of a person's signature, or of an organ's seal, which has a real width. PNG, without a ground."""

    __tablename__ = "signature_image"
    id: int | None = Field(default=None, primary_key=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", unique=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", unique=True)
    png: bytes
    width_mm: int = 0
    added_by: str = Field(default="", max_length=150)
    added_at: datetime
    __table_args__ = (CheckConstraint(WHOSE, name="person_or_unit"),)


class SigningOrder(SQLModel, table=True):
    """That a program on a person's computer may fetch one file and hand it in signed, once and soon.

    The address carries the token; only its SHA-256 is stored.
    """

    __tablename__ = "signing_order"
    token_hash: str = Field(primary_key=True, max_length=64)
    document_id: int = Field(foreign_key="official_document.id", index=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    before_sha256: str = Field(max_length=64)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class DocumentCode(SQLModel, table=True):
    """By which whoever holds a document may ask whether it is the one that was issued."""

    __tablename__ = "document_code"
    document_id: int = Field(foreign_key="official_document.id", primary_key=True)
    code: str = Field(unique=True, max_length=32)

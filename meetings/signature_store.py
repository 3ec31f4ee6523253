"""Every query on signatures, known certificates, images, orders to signing programs and codes of documents."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import col, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import DocumentFile, OfficialDocument
from meetings.signature_models import DocumentCode, Signature, SignatureImage, SigningCertificate, SigningOrder
from meetings.signing.matching import Holder

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another one on paper
CODE_LENGTH, CODE_GROUP = 16, 4  # 78 bits: nobody guesses one


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file of a document that was made or received here. ``is_final``: the one that was issued."""

    document: OfficialDocument
    is_final: bool


async def list_signatures(session: AsyncSession, document: OfficialDocument) -> list[Signature]:
    """Those under the present print of the document, in their order; those that wait for a person's word too."""
    query = select(Signature).where(
        Signature.document_id == document.id, Signature.original_sha256 == document.unsigned_sha256
    )
    return list((await session.exec(query.order_by(col(Signature.id)))).all())


async def drop_waiting(session: AsyncSession, document_id: int) -> list[str]:
    """Forget signatures that nobody has confirmed; the files that they came in."""
    waiting = (col(Signature.document_id) == document_id, col(Signature.confirmed_at).is_(None))
    files = set((await session.exec(select(Signature.file).where(*waiting))).all())
    await session.exec(delete(Signature).where(*waiting))
    return sorted(files)


async def load_known(session: AsyncSession, fingerprints: Collection[str]) -> dict[str, Holder]:
    """To whom each certificate belongs, where that is known."""
    query = select(SigningCertificate).where(col(SigningCertificate.fingerprint).in_(fingerprints))
    rows = (await session.exec(query)).all()
    return {row.fingerprint: Holder(row.person_id, row.unit_id, row.holder) for row in rows}


async def find_image(
    session: AsyncSession, person_id: int | None = None, unit_id: int | None = None
) -> SignatureImage | None:
    query = select(SignatureImage)
    if person_id is not None:
        query = query.where(SignatureImage.person_id == person_id)
    elif unit_id is not None:
        query = query.where(SignatureImage.unit_id == unit_id)
    else:
        return None
    return (await session.exec(query)).first()


async def find_order(session: AsyncSession, token_hash: str, *, lock: bool = False) -> SigningOrder | None:
    """``lock``: nobody else spends it meanwhile."""
    return await session.get(SigningOrder, token_hash, populate_existing=True, with_for_update=lock or None)


async def read_code(session: AsyncSession, document: OfficialDocument) -> str:
    """The document's code in groups, such as ``7K2M-…``; it gets one when it is first asked for."""
    row = await session.get(DocumentCode, document.id)
    if row is None:
        await session.exec(select(OfficialDocument.id).where(OfficialDocument.id == document.id).with_for_update())
        row = await session.get(DocumentCode, document.id)  # somebody else may have asked first
    if row is None:
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        row = DocumentCode(document_id=document.id or 0, code=code)
        session.add(row)
        await session.flush()
    return "-".join(row.code[at : at + CODE_GROUP] for at in range(0, CODE_LENGTH, CODE_GROUP))


async def find_code(session: AsyncSession, document_id: int) -> str:
    """Empty where it has none yet."""
    row = await session.get(DocumentCode, document_id)
    return "" if row is None else row.code


async def find_by_code(session: AsyncSession, code: str) -> OfficialDocument | None:
    query = select(OfficialDocument).join(DocumentCode, col(DocumentCode.document_id) == col(OfficialDocument.id))
    return (await session.exec(query.where(DocumentCode.code == code))).first()


async def find_by_hash(session: AsyncSession, hashes: Collection[str]) -> KnownFile | None:
    """Whose file has one of these hashes; the issued one before any other."""
    query = (
        select(OfficialDocument)
        .join(DocumentFile, col(DocumentFile.document_id) == col(OfficialDocument.id), isouter=True)
        .where(or_(col(OfficialDocument.signed_sha256).in_(hashes), col(DocumentFile.sha256).in_(hashes)))
    )
    found = list((await session.exec(query)).unique().all())
    for document in found:
        if document.signed_sha256 in hashes:
            return KnownFile(document, document.issued_at is not None)
    return KnownFile(found[0], False) if found else None

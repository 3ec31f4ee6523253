"""Use cases of signatures: who signs next, a signed file taken, confirmed or put aside, orders to a signing program.

The file is verified before, in a process of its own; here arrives the verdict on it. A signature counts when its
certificate is known as that of the person or organ whose turn it is, or bears their name and a person has confirmed it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.document_models import OfficialDocument
from meetings.documents.access import Access, load_document, load_to_change, note_step, require_keeping
from meetings.documents.actions import KeptFile, is_uploaded, keep_file, note_signed
from meetings.documents.standing import OPEN, SEAL, required_roles
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.kinds import DocumentState
from meetings.people_store import load_actor
from meetings.permissions import Actor
from meetings.record_permissions import may_hand_in_signature
from meetings.signature_models import Signature, SignatureImage, SigningCertificate, SigningOrder
from meetings.signature_store import drop_waiting, find_image, find_order, list_signatures, load_known
from meetings.signing.appearance import measure_image
from meetings.signing.matching import Expected, Match, match
from meetings.signing.preparing import SIGN
from meetings.signing.verdicts import FAULTS, Fault, SignatureFound, Verdict
from meetings.tokens import hash_token

ORDER_LASTS = timedelta(minutes=10)
NOT_NOW = N_("Văn bản này không ở bước ký. Hãy tải lại trang.")
WAIT_NUMBER = N_("Văn thư cấp số và ngày trước, sau đó mới ký số của cơ quan.")
ELSEWHERE = N_("Văn bản đã có bản ký tải lên (bản quét hoặc ký ở nơi khác) nên không ký số tiếp tại đây.")
WRONG_SIGNER = N_(
    "Chữ ký mới trong tệp là của “{given}”, còn lượt ký này là của “{wanted}” ({role}). Không có gì được lưu."
)
WRONG_PLACE = N_("Chữ ký mới trong tệp nằm ở ô ký dành cho người khác. Hãy ký vào ô của “{wanted}” ({role}).")
TOO_MANY = N_("Tệp có nhiều chữ ký mới hơn số chữ ký còn thiếu. Không có gì được lưu.")
USED = N_("Lượt ký này đã dùng hoặc đã hết hạn. Hãy bắt đầu ký lại từ trang văn bản.")
MOVED = N_("Văn bản đã có chữ ký khác trong lúc bạn ký. Hãy tải lại trang, lấy bản mới nhất rồi ký lại.")
SEAL_WIDTH = N_("Hãy nhập chiều rộng thật của dấu, từ 20 đến 60 mm.")
ROLE_NAMES = {
    "secretary": N_("Thư ký"),
    "chair": N_("Chủ tọa"),
    "signer": N_("Người ký văn bản"),
    "organ": N_("Cơ quan ban hành"),
}


@dataclass(frozen=True)
class Turn:
    """Where the signing of a document stands. ``waiting``: signatures that a person has to confirm."""

    roles: tuple[Expected, ...]
    signed: tuple[Signature, ...]
    waiting: tuple[Signature, ...]
    next: Expected | None
    why_not: str = ""  # a sentence, where nobody may sign at present

    def of(self, role: str) -> Signature | None:
        return next((row for row in self.signed if row.role == role), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A file with new signatures that was verified and lies in the documents' folder."""

    file: str
    verdict: Verdict
    method: str
    before_sha256: str
    before_size: int  # of the file that it was added to


def require_handing_in(access: Access, document: OfficialDocument) -> None:
    keeps = access.may_keep(document.organ_unit_id)
    if not may_hand_in_signature(access.actor, access.bundle.meeting, keeps=keeps):
        raise NotAllowed


async def see_turn(session: AsyncSession, access: Access, document: OfficialDocument) -> Turn:
    """Who has signed, and whose turn it is."""
    rows = await list_signatures(session, document)
    signed = tuple(row for row in rows if row.confirmed_at is not None)
    waiting = tuple(row for row in rows if row.confirmed_at is None and row.before_sha256 == document.signed_sha256)
    roles = tuple(_expect(access, document, role) for role in (*required_roles(document), *SEAL))
    done = {row.role for row in signed}
    following = next((each for each in roles if each.role not in done), None)
    why_not = ""
    if document.state not in OPEN or document.state is DocumentState.DRAFTED or not document.unsigned_file:
        following, why_not = None, NOT_NOW
    elif following is not None and await is_uploaded(session, document):
        following, why_not = None, ELSEWHERE
    elif following is not None and following.role in SEAL and document.state is not DocumentState.NUMBERED:
        following, why_not = None, WAIT_NUMBER
    return Turn(roles, signed, waiting, following, why_not)


def _expect(access: Access, document: OfficialDocument, role: str) -> Expected:
    bundle = access.bundle
    if role == "secretary":
        return Expected(role, (bundle.secretary.full_name,), bundle.secretary.id)
    if role == "chair":
        return Expected(role, (bundle.chair.full_name,), bundle.chair.id)
    if role in SEAL:
        unit = access.tree.get(document.organ_unit_id)
        names = (unit.full_organ, unit.name, unit.short_name) if unit else (str(document.content.get("organ", "")),)
        return Expected(role, tuple(dict.fromkeys(names)), None, document.organ_unit_id)
    return Expected(role, (document.signer_name or str(document.content.get("signer_name", "")),))


async def check_turn(
    session: AsyncSession, actor: Actor, document_id: int
) -> tuple[Access, OfficialDocument, Expected]:
    """What has to be known before a file is taken: whose turn it is, and that this person may hand it in."""
    access, document = await load_document(session, actor, document_id)
    require_handing_in(access, document)
    turn = await see_turn(session, access, document)
    if turn.next is None:
        raise Conflict(turn.why_not or NOT_NOW)
    return access, document, turn.next


async def take_signed(
    session: AsyncSession, actor: Actor, document_id: int, handed: Handed, now: datetime
) -> list[Signature]:
    """The new signatures of a file. It becomes the document's file at once, unless somebody has to confirm whose one of
    the certificates is: then all of them wait (``confirmed_at``), for a file is taken whole or not at all."""
    access, document = await _hold(session, actor, document_id)
    if document.signed_sha256 != handed.before_sha256:
        raise Conflict(MOVED, field="file")
    if not handed.verdict.is_good:
        fault = handed.verdict.first_fault
        raise Invalid(FAULTS[fault] if fault else NOT_NOW, field="file")
    turn = await see_turn(session, access, document)
    if turn.next is None:
        raise Conflict(turn.why_not or NOT_NOW, field="file")
    found = tuple(each for each in handed.verdict.signatures if each.ends_at > handed.before_size)
    matched = await _match_all(session, document, turn, found)
    sure = all(told is Match.REGISTERED for _found, _expected, told in matched)
    rows = [_make_row(document, each, role, handed, actor, now, sure=sure) for each, role, _told in matched]
    await drop_waiting(session, document_id)
    session.add_all(rows)
    await session.flush()
    if sure:
        await _accept(session, actor, document, turn, rows, now)
    return rows


async def _hold(session: AsyncSession, actor: Actor, document_id: int) -> tuple[Access, OfficialDocument]:
    access, seen = await load_document(session, actor, document_id)
    return await load_to_change(session, actor, access.bundle.slug, document_id, seen.version, require_handing_in)


async def _match_all(
    session: AsyncSession, document: OfficialDocument, turn: Turn, found: tuple[SignatureFound, ...]
) -> list[tuple[SignatureFound, Expected, Match]]:
    """Each new signature with the role in which it counts. ``Invalid`` where one is nobody's whose turn it is."""
    done = {row.role for row in turn.signed}
    open_roles = [each for each in turn.roles if each.role not in done]
    if document.state is not DocumentState.NUMBERED:
        open_roles = [each for each in open_roles if each.role not in SEAL]
    if len(found) > len(open_roles):
        raise Invalid(TOO_MANY, field="file")
    if not found:
        raise Invalid(FAULTS[Fault.UNSIGNED], field="file")
    known = await load_known(session, [each.certificate.fingerprint for each in found])
    matched: list[tuple[SignatureFound, Expected, Match]] = []
    for each, expected in zip(found, open_roles, strict=False):
        told = match(each.certificate, expected, known)
        if told is Match.OTHER:
            raise Invalid(
                WRONG_SIGNER,
                field="file",
                given=each.certificate.common_name,
                wanted=expected.name,
                role=ROLE_NAMES[expected.role],
            )
        if each.field.startswith(SIGN) and each.field != SIGN + expected.role:
            role = ROLE_NAMES[expected.role]
            raise Invalid(WRONG_PLACE, field="file", wanted=expected.name, role=role)
        matched.append((each, expected, told))
    return matched


def _make_row(
    document: OfficialDocument,
    found: SignatureFound,
    expected: Expected,
    handed: Handed,
    actor: Actor,
    now: datetime,
    *,
    sure: bool,
) -> Signature:
    certificate = found.certificate
    return Signature(
        document_id=document.id or 0,
        role=expected.role,
        name=certificate.common_name[:200],
        subject=certificate.subject[:500],
        issuer=certificate.issuer[:500],
        serial=certificate.serial[:64],
        fingerprint=certificate.fingerprint,
        method=handed.method,
        signed_at=found.at,
        stamped=found.stamped,
        original_sha256=document.unsigned_sha256,
        before_sha256=handed.before_sha256,
        after_sha256=handed.verdict.sha256,
        file=handed.file,
        verdict=handed.verdict.to_json(),
        account_id=actor.account_id,
        added_by=actor.name[:150],
        added_at=now,
        confirmed_at=now if sure else None,
    )


async def confirm_signers(session: AsyncSession, actor: Actor, document_id: int, now: datetime) -> OfficialDocument:
    """A person says that the certificates belong to whom they name; from now on they are known."""
    access, document = await _hold(session, actor, document_id)
    turn = await see_turn(session, access, document)
    rows = list(turn.waiting)
    if not rows or turn.next is None:
        raise Conflict(turn.why_not or NOT_NOW)
    expected = {each.role: each for each in turn.roles}
    for row in rows:
        row.confirmed_at, row.confirmed_by = now, actor.name[:150]
        await _make_known(session, actor, row, expected[row.role], now)
        session.add(row)
    await session.flush()
    await _accept(session, actor, document, turn, rows, now)
    return document


async def _make_known(session: AsyncSession, actor: Actor, row: Signature, expected: Expected, now: datetime) -> None:
    if await session.get(SigningCertificate, row.fingerprint) is not None:
        return
    session.add(
        SigningCertificate(
            fingerprint=row.fingerprint,
            person_id=expected.person_id,
            unit_id=expected.unit_id,
            holder=expected.name[:200],
            subject=row.subject,
            serial=row.serial,
            known_by=actor.name[:150],
            known_at=now,
        )
    )
    detail = {"fingerprint": row.fingerprint, "holder": expected.name, "subject": row.subject}
    await write_entry(session, actor, "signature.know", f"document:{row.document_id}", detail, now)


async def discard_signers(session: AsyncSession, actor: Actor, document_id: int, now: datetime) -> list[str]:
    """The file that waits for a word is not taken; the files that may be removed."""
    _access, document = await _hold(session, actor, document_id)
    files = await drop_waiting(session, document_id)
    if files:
        await note_step(session, actor, "signature.discard", document, {"files": len(files)}, now)
    return files


async def _accept(
    session: AsyncSession, actor: Actor, document: OfficialDocument, turn: Turn, rows: list[Signature], now: datetime
) -> None:
    """Its file becomes the document's, and the last of those who have to sign makes it signed."""
    last = rows[-1]
    step = "sealed" if last.role in SEAL else "signed"
    told = {"list": [_tell(each) for each in Verdict.from_json(last.verdict).signatures], "verified": True}
    document.version += 1
    keep_file(session, actor, document, step, KeptFile(name=last.file, sha256=last.after_sha256, signatures=told), now)
    detail = {
        "roles": [row.role for row in rows],
        "names": [row.name for row in rows],
        "serials": [row.serial for row in rows],
        "method": last.method,
        "sha256": [last.before_sha256, last.after_sha256],
    }
    await note_step(session, actor, "signature.add", document, detail, now)
    before = {row.role for row in turn.signed}
    needed = set(required_roles(document))
    if not needed <= before and needed <= before | {row.role for row in rows}:
        await note_signed(session, actor, document, now)


def _tell(found: SignatureFound) -> dict[str, object]:
    """As the pages of documents tell signatures."""
    return {"signer": found.certificate.common_name, "at": found.signed_at, "reason": "", "whole": True}


async def order_signature(
    session: AsyncSession, actor: Actor, document_id: int, now: datetime
) -> tuple[str, OfficialDocument, str]:
    """A token with which a program on this person's computer fetches the file and hands it in, once; the document, and
    the role in which it is signed."""
    _access, document, expected = await check_turn(session, actor, document_id)
    token = secrets.token_urlsafe(32)
    order = SigningOrder(
        token_hash=hash_token(token),
        document_id=document_id,
        account_id=actor.account_id or 0,
        before_sha256=document.signed_sha256,
        created_at=now,
        expires_at=now + ORDER_LASTS,
    )
    session.add(order)
    await note_step(session, actor, "signature.order", document, {"sha256": document.signed_sha256}, now)
    return token, document, expected.role


async def open_order(
    session: AsyncSession, document_id: int, token: str, now: datetime, *, lock: bool = False
) -> tuple[Actor, SigningOrder]:
    """Whose order it is. ``NotFound`` for one that is unknown, of another document, used, late, or of an account that
    may no more."""
    order = await find_order(session, hash_token(token), lock=lock)
    if order is None or order.document_id != document_id or order.used_at is not None or order.expires_at <= now:
        raise NotFound(USED)
    actor = await load_actor(session, order.account_id)
    if actor is None:
        raise NotFound(USED)
    return actor, order


async def use_order(session: AsyncSession, document_id: int, token: str, now: datetime) -> tuple[Actor, SigningOrder]:
    """The same, and it is spent, whatever comes of it."""
    actor, order = await open_order(session, document_id, token, now, lock=True)
    order.used_at = now
    session.add(order)
    return actor, order


async def keep_image(
    session: AsyncSession, actor: Actor, document_id: int, png: bytes, now: datetime, *, seal_mm: int | None = None
) -> None:
    """The person's own signature; with ``seal_mm``, its real width, the seal of the document's organ, by its clerk."""
    access, document = await load_document(session, actor, document_id)
    if seal_mm is None:
        require_handing_in(access, document)
        person_id, unit_id, width_mm = actor.person_id, None, 0
    else:
        require_keeping(access, document)
        person_id, unit_id, width_mm = None, document.organ_unit_id, seal_mm
    if unit_id is None and person_id is None:
        raise NotAllowed
    measure_image(png)
    if unit_id is not None and not 20 <= width_mm <= 60:
        raise Invalid(SEAL_WIDTH, field="width_mm")
    image = await find_image(session, person_id, unit_id)
    if image is None:
        image = SignatureImage(person_id=person_id, unit_id=unit_id, png=png, added_at=now)
    image.png, image.width_mm, image.added_by, image.added_at = png, width_mm, actor.name[:150], now
    session.add(image)
    subject = f"unit:{unit_id}" if unit_id is not None else f"person:{person_id}"
    await write_entry(session, actor, "signature.image", subject, {"bytes": len(png)}, now)

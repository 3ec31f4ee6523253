"""Where a signature shows and what stands there (NĐ 30/2020, annex I: ô 7c, ô 8, and files that go with a document).

A person's signature is its image in the middle between title and name; without an image, name and time in words. An
organ's is its seal in real size over the left third of the person's signature, or over where it would be. A file of
its own that goes with a document bears no image: number and time on top on the right of its first page.
"""

import io
from dataclasses import dataclass
from datetime import datetime

from pyhanko.pdf_utils.reader import PdfFileReader

from meetings.errors import N_, Conflict
from meetings.periods import ZONE
from meetings.signing.appearance import POINTS_PER_MM, draw_image, draw_lines, measure_image
from meetings.signing.preparing import SIGN, Place, follow, list_fields, list_pages
from meetings.signing.signers import Order, Signed, Signer
from meetings.signing.trust import Trust
from meetings.signing.verdicts import Verdict
from meetings.signing.verifying import verify

ORGAN, ATTACHED = "organ", "attached"
UNDER = ("sign_chair", "sign_signer")  # whose signature the seal covers in part
SMALL = 10.0  # points: what is written instead of an image
SHAPE = 2.0  # width by height of a signature whose image is not known
SEAL_MM = 36
EDGE, LINE_WIDTH, LINE_HEIGHT = 15 * POINTS_PER_MM, 90 * POINTS_PER_MM, 10 * POINTS_PER_MM
NO_PLACE = N_("Tệp này không có chỗ ký của vai trò đang ký. Hãy tải lại trang, hoặc trình ký lại văn bản.")


@dataclass(frozen=True)
class Look:
    """``png``: of the signature or the seal; ``under``: of the person whose signature a seal goes over.

    ``lines``: what is written where there is no image.
    """

    png: bytes = b""
    under: bytes = b""
    width_mm: int = SEAL_MM
    lines: tuple[str, ...] = ()


def spell_signing(name: str, at: datetime) -> tuple[str, str]:
    """Name, or number and symbol, and the instant with its offset (ISO 8601)."""
    return name, at.astimezone(ZONE).replace(microsecond=0).isoformat()


def sign_in_role(pdf: bytes, role: str, signer: Signer, look: Look, stamp_url: str = "") -> bytes:
    """With a key that is at hand. ``Conflict`` where the file has no place for the role."""
    order = place_order(pdf, role, look, stamp_url)
    made = signer.begin(order)
    if not isinstance(made, Signed):
        raise Conflict(NO_PLACE)
    return made.pdf


def sign_and_verify(
    pdf: bytes, role: str, signer: Signer, look: Look, stamp_url: str, trust: Trust, at: datetime, original: bytes
) -> tuple[bytes, Verdict]:
    """What was signed here is judged as what was signed anywhere."""
    signed = sign_in_role(pdf, role, signer, look, stamp_url)
    return signed, verify(signed, trust, at, original=original, before=pdf)


def place_order(pdf: bytes, role: str, look: Look, stamp_url: str = "") -> Order:
    reader = PdfFileReader(io.BytesIO(pdf))
    places = {name: place for name, place, _field in list_fields(reader)}
    if role == ORGAN:
        place = _place_seal(places, look)
        return Order(pdf=pdf, field=place.name, drawn=_draw(look, place), place=place, stamp_url=stamp_url)
    if role == ATTACHED:
        place = _place_on_top(reader)
        drawn = draw_lines(look.lines, place.width, place.height, size=SMALL)
        return Order(pdf=pdf, field=place.name, drawn=drawn, place=place, stamp_url=stamp_url)
    known = places.get(SIGN + role)
    if known is None:
        raise Conflict(NO_PLACE)
    return Order(pdf=pdf, field=known.name, drawn=_draw(look, known), stamp_url=stamp_url)


def _draw(look: Look, place: Place) -> bytes:
    if look.png:
        return draw_image(look.png, place.width, place.height)
    return draw_lines(look.lines, place.width, place.height, size=SMALL, centred=True)


def _place_seal(places: dict[str, Place], look: Look) -> Place:
    """Its right edge stands a third into the image on its right; both have the same middle line."""
    person = next((places[name] for name in UNDER if name in places), None)
    if person is None:
        raise Conflict(NO_PLACE)
    across, high = measure_image(look.under) if look.under else (SHAPE, 1.0)
    shown = min(person.width, person.height * across / high)
    right = (person.left + person.right - shown) / 2 + shown / 3
    middle = (person.bottom + person.top) / 2
    size = look.width_mm * POINTS_PER_MM
    across, high = measure_image(look.png) if look.png else (1.0, 1.0)
    half = size * high / across / 2
    return Place(SIGN + ORGAN, person.page, right - size, middle - half, right, middle + half)


def _place_on_top(reader: PdfFileReader) -> Place:
    page = next(list_pages(reader)).get_object()
    edges = [float(edge) for edge in follow(page, "/MediaBox", (0, 0, 595, 842))]
    right, top = max(edges[0], edges[2]) - EDGE, max(edges[1], edges[3]) - EDGE / 3
    return Place(SIGN + ATTACHED, 0, right - LINE_WIDTH, top - LINE_HEIGHT, right, top)

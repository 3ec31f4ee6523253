"""The content of minutes: plain frozen values, JSON in and out, one canonical form to hash. Pure.

The five mandatory blocks of QĐ 45/2018/QĐ-TTg are ``chair`` with ``attendance``, ``sections`` (what was presented and
what participants said), ``votes`` and ``conclusions``; the rest is the head of Mẫu 1.9 (NĐ 30/2020/NĐ-CP). Instants are
aware UTC in Python and ISO 8601 with ``Z`` in JSON; days are ``YYYY-MM-DD``. ``segments`` name the transcript rows
that a sentence was taken from.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from transcripts.content_fields import ContentFields, read_line, wrong_at

FORMS = ("online", "in_person", "hybrid", "")  # "" while nobody has said how it was held
MODES = ("online", "in_hall", "absent", "")


@dataclass(frozen=True)
class Officer:
    """The chair or the secretary, as they sign."""

    name: str
    position: str = ""


@dataclass(frozen=True)
class Attendance:
    """One invited unit. ``mode`` is ``online``, ``in_hall``, ``absent`` or, before anyone knows, empty.

    ``names`` are those of its people. JSON leaves them out where there are none, as minutes did that knew no names.
    """

    unit: str
    site: str = ""
    mode: str = ""
    head_count: int | None = None
    first_in: datetime | None = None
    last_out: datetime | None = None
    note: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statement:
    """What one speaker said without a break. ``suspect`` names why the text needs a second look, else it is empty.

    A ``struck`` one stays with the minutes and is not printed. JSON leaves it out where it is false.
    """

    speaker: str
    text: str
    starts_at: datetime | None = None
    segments: tuple[int, ...] = ()
    suspect: str = ""
    struck: bool = False


@dataclass(frozen=True)
class Section:
    """One agenda item and what was said to it."""

    title: str
    presenter: str = ""
    summary: str = ""
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Vote:
    """A vote. A number that was not said is ``None``. ``in_favour`` is ``for`` in JSON, a reserved word here."""

    subject: str
    in_favour: int | None = None
    against: int | None = None
    abstain: int | None = None
    text: str = ""
    segments: tuple[int, ...] = ()


@dataclass(frozen=True)
class Conclusion:
    """A sentence of the chair's conclusion; an assignment when it names a ``unit``, with its deadline ``due``.

    ``supporting`` are the units that help the leading one, ``product`` what is to be handed in. JSON leaves both out
    where they are empty, as minutes did that knew neither.
    """

    text: str
    unit: str = ""
    due: date | None = None
    segments: tuple[int, ...] = ()
    supporting: tuple[str, ...] = ()
    product: str = ""


@dataclass(frozen=True)
class Gap:
    """A stretch that the recording does not hold. ``start`` and ``end`` are ``from`` and ``to`` in JSON."""

    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True)
class Content:
    """Everything that minutes say. ``number`` stays empty until the clerk gives one."""

    title: str
    kind: str
    form: str
    organ: str
    parent_organ: str
    notation: str
    number: str
    started_at: datetime
    ended_at: datetime
    places: tuple[str, ...]
    chair: Officer
    secretary: Officer
    attendance: tuple[Attendance, ...] = ()
    sections: tuple[Section, ...] = ()
    votes: tuple[Vote, ...] = ()
    conclusions: tuple[Conclusion, ...] = ()
    gaps: tuple[Gap, ...] = ()
    recipients: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The value as JSON types, in the order of the printed minutes."""
        encoded: dict[str, Any] = _encode(self)
        return encoded

    @staticmethod
    def from_json(value: object) -> "Content":
        """The content that ``value`` (parsed JSON) describes.

        Every field must be there and of its type, no other may be: raises ``Invalid`` whose ``field`` is the path of
        the first that is wrong, such as ``sections.2.title``.
        """
        return _read_content(ContentFields(value, ""))


def canonical_json(content: Content) -> str:
    """One text for equal contents: sorted keys, no spaces, no escapes but JSON's own. UTF-8 when encoded."""
    return json.dumps(content.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(content: Content) -> str:
    """SHA-256 of the canonical JSON in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


LEFT_OUT = frozenset(  # where they are empty
    {("Attendance", "names"), ("Statement", "struck"), ("Conclusion", "supporting"), ("Conclusion", "product")}
)
RENAMED = {("Vote", "in_favour"): "for", ("Gap", "start"): "from", ("Gap", "end"): "to"}


def _encode(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        kind = type(value).__name__
        return {
            RENAMED.get((kind, name), name): _encode(getattr(value, name))  # fields keep their order
            for name in value.__dataclass_fields__
            if (kind, name) not in LEFT_OUT or getattr(value, name)
        }
    return value


def _read_officer(fields: ContentFields) -> Officer:
    return Officer(fields.text("name", 150), fields.text("position", 200))


def _read_attendance(fields: ContentFields) -> Attendance:
    return Attendance(
        unit=fields.text("unit", 200),
        site=fields.text("site", 200),
        mode=fields.text("mode", among=MODES),
        head_count=fields.count("head_count"),
        first_in=fields.instant("first_in"),
        last_out=fields.instant("last_out"),
        note=fields.text("note", 500),
        names=fields.items("names", read_line) if "names" in fields.rest else (),
    )


def _read_statement(fields: ContentFields) -> Statement:
    return Statement(
        speaker=fields.text("speaker", 200),
        text=fields.text("text"),
        starts_at=fields.instant("starts_at"),
        segments=fields.ids(),
        suspect=fields.text("suspect", 64),
        struck=fields.flag("struck") if "struck" in fields.rest else False,
    )


def _read_section(fields: ContentFields) -> Section:
    return Section(
        title=fields.text("title", 300),
        presenter=fields.text("presenter", 200),
        summary=fields.text("summary"),
        statements=fields.rows("statements", _read_statement),
    )


def _read_vote(fields: ContentFields) -> Vote:
    return Vote(
        subject=fields.text("subject", 500),
        in_favour=fields.count("for"),
        against=fields.count("against"),
        abstain=fields.count("abstain"),
        text=fields.text("text"),
        segments=fields.ids(),
    )


def _read_conclusion(fields: ContentFields) -> Conclusion:
    return Conclusion(
        text=fields.text("text"),
        unit=fields.text("unit", 200),
        due=fields.day("due"),
        segments=fields.ids(),
        supporting=fields.items("supporting", read_line) if "supporting" in fields.rest else (),
        product=fields.text("product", 500) if "product" in fields.rest else "",
    )


def _read_gap(fields: ContentFields) -> Gap:
    gap = Gap(fields.moment("from"), fields.moment("to"), fields.text("reason", 300))
    if gap.end < gap.start:
        raise wrong_at(f"{fields.path}.to")
    return gap


def _read_content(fields: ContentFields) -> Content:
    content = Content(
        title=fields.text("title", 300),
        kind=fields.text("kind", 32),
        form=fields.text("form", among=FORMS),
        organ=fields.text("organ", 200),
        parent_organ=fields.text("parent_organ", 200),
        notation=fields.text("notation", 60),
        number=fields.text("number", 20),
        started_at=fields.moment("started_at"),
        ended_at=fields.moment("ended_at"),
        places=fields.items("places", read_line),
        chair=fields.part("chair", _read_officer),
        secretary=fields.part("secretary", _read_officer),
        attendance=fields.rows("attendance", _read_attendance),
        sections=fields.rows("sections", _read_section),
        votes=fields.rows("votes", _read_vote),
        conclusions=fields.rows("conclusions", _read_conclusion),
        gaps=fields.rows("gaps", _read_gap),
        recipients=fields.items("recipients", read_line),
    )
    fields.finish()
    if not content.title.strip():
        raise wrong_at("title")
    if content.ended_at < content.started_at:
        raise wrong_at("ended_at")
    return content

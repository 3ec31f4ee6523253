"""The official invitation: what the form Mẫu 1.7 (Giấy mời) of NĐ 30/2020/NĐ-CP is filled with, and its lines in print.

What an invitation must state is that of QĐ 45/2018/QĐ-TTg: chair, attendees, content, time, place, what is asked of
those who come. It goes to many hands, so it never holds a password.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from meetings.periods import local_day
from meetings.printing.wording import (
    END_MARK,
    RECIPIENTS,
    Annex,
    Block,
    Head,
    clean_value,
    end_sentence,
    list_dashed,
    list_names,
    list_recipients,
    make_head,
    spell_start,
    tell_attached,
    write_date_line,
    write_reference,
)

KIND = "GIẤY MỜI"
KIND_BEFORE = "THƯ MỜI HỌP TRƯỚC"
NOT_OFFICIAL = "KHÔNG PHẢI VĂN BẢN CHÍNH THỨC"
WHY_BEFORE = (
    "(Gửi trước do cuộc họp đột xuất. Giấy mời chính thức có số, chữ ký và dấu sẽ được gửi sau và thay thế thư này)"
)
ANNEXED_FROM = 16  # this many invitees and more stand in an annex
LONGEST_BESIDE = 24  # more recipients than these may break over pages
INVITED_COLUMNS = ("STT", "Cơ quan, đơn vị, cá nhân được mời")
INVITED_WIDTHS = (15, 150)


@dataclass(frozen=True, kw_only=True)
class InvitationContent:
    """Values of one invitation. ``authority`` holds the lines above the signer's own title, as "KT. CHỦ TỊCH"."""

    organ: str  # "Ủy ban nhân dân tỉnh Lâm Đồng"
    parent_organ: str = ""  # empty for a committee, which writes no superior
    symbol: str  # "GM-UBND"
    town: str  # "Lâm Đồng", before the date
    subject: str  # below the words GIẤY MỜI
    invitees: tuple[str, ...]
    attend: str  # what they are asked to: "Họp giao ban tháng 11 năm 2026"
    chair: str
    starts_at: datetime
    ends_at: datetime
    places: tuple[str, ...]
    notes: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()
    signer_position: str = ""
    signer_name: str = ""

    def to_json(self) -> dict[str, Any]:
        moments = {"starts_at": self.starts_at.isoformat(), "ends_at": self.ends_at.isoformat()}
        lists = {name: list(value) for name, value in asdict(self).items() if isinstance(value, tuple)}
        return asdict(self) | lists | moments

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "InvitationContent":
        values = {name: written[name] for name in cls.__dataclass_fields__ if name in written}
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        moments = {name: datetime.fromisoformat(written[name]) for name in ("starts_at", "ends_at")}
        return cls(**(values | moments))


@dataclass(frozen=True)
class InvitationSheet:
    """What is printed. ``box`` is the framed line of a paper that is not official; such a one has no ``signer``."""

    title: str
    author: str
    head: Head
    kind: str
    name: str
    box: str
    why: str
    body: tuple[Block, ...]
    recipients_label: str
    recipients: tuple[str, ...]
    together: bool  # recipients and signature stay on one page
    authority: tuple[str, ...]
    signer: str
    annex: Annex | None


def build_invitation_sheet(
    content: InvitationContent, *, number: int | None = None, issued_on: date | None = None, preliminary: bool = False
) -> InvitationSheet:
    """The lines of Mẫu 1.7; blanks for the number and the day where the clerk has given none yet."""
    head = _make_preliminary_head(content) if preliminary else _make_head(content, number, issued_on)
    kind = KIND_BEFORE if preliminary else KIND
    recipients = () if preliminary else list_recipients(content.recipients, "Lưu: VT")
    sheet = InvitationSheet(
        title=f"{kind.capitalize()} {content.subject}",
        author=content.organ,
        head=head,
        kind=kind,
        name=content.subject,
        box=NOT_OFFICIAL if preliminary else "",
        why=WHY_BEFORE if preliminary else "",
        body=tuple(_write_body(content)),
        recipients_label="" if preliminary else RECIPIENTS,
        recipients=recipients,
        together=len(recipients) <= LONGEST_BESIDE,
        authority=() if preliminary else (*content.authority, content.signer_position.upper()),
        signer="" if preliminary else content.signer_name,
        annex=_build_annex(content, preliminary=preliminary),
    )
    return clean_value(sheet)


def _make_head(content: InvitationContent, number: int | None, issued_on: date | None) -> Head:
    reference = write_reference("" if number is None else str(number), content.symbol)
    date_line = write_date_line(content.town, issued_on, local_day(content.starts_at).year)
    return make_head(content.parent_organ, content.organ, reference, date_line)


def _make_preliminary_head(content: InvitationContent) -> Head:
    return make_head(content.parent_organ, content.organ, "", official=False)


def _write_body(content: InvitationContent) -> Iterator[Block]:
    paragraphs = [
        *_write_invitees(content),
        Block("field", f"Tới dự {content.attend.rstrip('.;')}."),
        Block("field", f"Chủ trì: {content.chair.rstrip('.;')}."),
        Block("field", f"Thời gian: {_spell_span(content.starts_at, content.ends_at)}."),
        *_write_places(content.places),
        *(Block("text", end_sentence(note)) for note in content.notes if note.strip()),
    ]
    last = paragraphs.pop()
    yield from paragraphs
    yield Block("closing", last.text.rstrip(" .;") + END_MARK)


def _write_invitees(content: InvitationContent) -> Iterator[Block]:
    named = list_names(content.invitees)
    begin = f"{content.organ} trân trọng kính mời:"
    if len(named) == 1:
        yield Block("field", f"{begin} {named[0]}.")
    elif _is_annexed(content):
        yield Block("field", f"{begin} {len(named)} cơ quan, đơn vị, cá nhân (danh sách tại Phụ lục kèm theo).")
    else:
        yield Block("heading_line", begin)
        yield from (Block("text", line) for line in list_dashed(named))


def _is_annexed(content: InvitationContent) -> bool:
    return len(content.invitees) >= ANNEXED_FROM


def _spell_span(start: datetime, end: datetime) -> str:
    """The start; where the meeting ends on another day, both."""
    if local_day(start) == local_day(end):
        return spell_start(start)
    return f"từ {spell_start(start)} đến {spell_start(end)}"


def _write_places(places: tuple[str, ...]) -> Iterator[Block]:
    named = [place.strip().rstrip(".;") for place in places if place.strip()]
    if len(named) < 2:
        yield Block("field", f"Địa điểm: {''.join(named)}.")
        return
    yield Block("heading_line", "Địa điểm:")
    for number, place in enumerate(named, 1):
        yield Block("text", f"{number}. {place}{'.' if number == len(named) else ';'}")


def _build_annex(content: InvitationContent, *, preliminary: bool) -> Annex | None:
    if not _is_annexed(content):
        return None
    rows = tuple((str(number), name) for number, name in enumerate(list_names(content.invitees), 1))
    year = local_day(content.starts_at).year
    attached = tell_attached(KIND.capitalize(), content.symbol, year, content.organ)
    attached = "(Kèm theo Thư mời họp trước)" if preliminary else attached
    return Annex("Phụ lục", "DANH SÁCH MỜI HỌP", INVITED_COLUMNS, rows, INVITED_WIDTHS, attached_to=attached)

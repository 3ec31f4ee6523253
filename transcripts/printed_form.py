"""The wording of printed minutes: content in, the lines of the form out.

The order and the words are those of Mẫu 1.9 (Biên bản) of the annex to Nghị định 30/2020/NĐ-CP; the content that must
not be missing is that of Quyết định 45/2018/QĐ-TTg. A document of state is always in Vietnamese, so nothing here is
translated. Both renderings (PDF and DOCX) print the same ``Sheet``, so that they cannot differ in words.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from meetings.periods import local_day
from meetings.printing.notice import Point, write_point
from meetings.printing.wording import (
    RECIPIENTS,
    Annex,
    Block,
    Head,
    clean_value,
    list_recipients,
    make_head,
    spell_instant,
    spell_time,
    tell_attached,
    write_reference,
)
from transcripts.minutes import Attendance, Conclusion, Content, Gap, Section, Vote

KIND = "BIÊN BẢN"
ATTENDANCE_LINES = 12  # more units than this go into an annex
FORMS = {
    "online": "họp trực tuyến",
    "in_person": "họp trực tiếp",
    "hybrid": "họp kết hợp trực tiếp và trực tuyến",
}
MODES = {"online": "Trực tuyến", "in_hall": "Tại điểm cầu chính", "absent": "Vắng", "": "Chưa xác nhận"}
GAP_REASONS = {
    "outage": "hệ thống mất kết nối",
    "disk": "máy chủ hết chỗ lưu",
    "error": "sự cố khi ghi âm",
    "stopped": "tạm dừng ghi âm",
    "empty": "không còn ai trong phòng họp",
}
SHARED = "sự cố chung: "  # how the reason of a gap begins that hit the whole meeting
LABELS = {
    "start": "Thời gian bắt đầu",
    "places": "Địa điểm",
    "attendance": "Thành phần tham dự",
    "chair": "Chủ trì (chủ tọa)",
    "secretary": "Thư ký (người ghi biên bản)",
    "body": "Nội dung (theo diễn biến cuộc họp)",
    "presenter": "Người trình bày",
    "votes": "Kết quả biểu quyết",
    "conclusions": "Kết luận của chủ tọa",
    "gaps": "Khoảng không có bản ghi âm",
    "incidents": "Sự cố chung của cuộc họp",
    "signs_left": "THƯ KÝ",
    "signs_right": "CHỦ TỌA",
    "recipients": RECIPIENTS,
}
ANNEX_TITLE = "DANH SÁCH THÀNH PHẦN THAM DỰ"
ANNEX_COLUMNS = ("STT", "Đơn vị", "Điểm cầu", "Hình thức", "Số người", "Thời gian có mặt", "Ghi chú")
ANNEX_WIDTHS = (11, 38, 36, 20, 16, 24, 20)
ANNEX_CENTRED = (0, 4, 5)


@dataclass(frozen=True)
class Sheet:
    """What is printed, from the top of the first page to the annex; ``title`` and ``author`` name the file."""

    title: str
    author: str
    head: Head
    name: str  # the meeting's, below the word BIÊN BẢN
    body: tuple[Block, ...]
    secretary: str
    chair: str
    recipients: tuple[str, ...]
    annex: Annex | None


def build_sheet(content: Content) -> Sheet:
    """Lay ``content`` out in the order of Mẫu 1.9."""
    annexed = len(content.attendance) > ATTENDANCE_LINES
    body = [
        Block("field", f"{LABELS['start']}: {spell_instant(content.started_at)}."),
        *_write_places(content, annexed=annexed),
        *_write_attendance(content.attendance, annexed=annexed),
        Block("field", f"{LABELS['chair']}: {_name_with_position(content.chair.name, content.chair.position)}."),
        Block(
            "field",
            f"{LABELS['secretary']}: {_name_with_position(content.secretary.name, content.secretary.position)}.",
        ),
        Block("field", f"{LABELS['body']}:"),
        *_write_sections(content.sections),
        *_write_votes(content.votes),
        *_write_conclusions(content.conclusions),
        *_write_gaps(content.gaps),
        Block("closing", f"{_word_for(content.title)} kết thúc vào {spell_instant(content.ended_at)}./."),
    ]
    sheet = Sheet(
        title=f"Biên bản {content.title}",
        author=content.organ,
        head=make_head(content.parent_organ, content.organ, write_reference(content.number, content.notation)),
        name=content.title,
        body=tuple(body),
        secretary=content.secretary.name,
        chair=content.chair.name,
        recipients=list_recipients(content.recipients),
        annex=_build_annex(content) if annexed else None,
    )
    return clean_value(sheet)


def _word_for(title: str) -> str:
    """The form asks for the word that fits: cuộc họp, hội nghị or hội thảo."""
    for word in ("Hội nghị", "Hội thảo"):
        if title.casefold().startswith(word.casefold()):
            return word
    return "Cuộc họp"


def _name_with_position(name: str, position: str) -> str:
    return f"{name} – {position}" if position else name


def _write_places(content: Content, *, annexed: bool) -> Iterator[Block]:
    """With an annex only the main site is named here: the others stand in its table, beside their units."""
    form = FORMS.get(content.form, "")
    places = [place.strip().rstrip(".;") for place in content.places if place.strip()]
    if len(places) < 2 or annexed:
        others = f"và {len(places) - 1} điểm cầu khác (danh sách tại Phụ lục I)" if len(places) > 1 else ""
        told = "; ".join(part for part in (form, *places[:1], others) if part)
        yield Block("field", f"{LABELS['places']}: {told}.")
        return
    yield Block("field", f"{LABELS['places']}: {form or 'các điểm cầu sau'}; gồm {len(places)} điểm cầu:")
    for place in places:
        yield Block("text", f"- {place}{'.' if place is places[-1] else ';'}")


def _write_attendance(attendance: Iterable[Attendance], *, annexed: bool) -> Iterator[Block]:
    everyone = list(attendance)
    here = [row for row in everyone if row.mode in {"online", "in_hall"}]
    heads = sum(row.head_count or 0 for row in here)
    told = f"{len(here)}/{len(everyone)} đơn vị được mời"
    if heads:
        told += f", {heads} người"
    if annexed:
        yield Block("field", f"{LABELS['attendance']}: {told} (danh sách tại Phụ lục I).", part="attendance")
    else:
        yield Block("field", f"{LABELS['attendance']}: {told}{':' if here else '.'}", part="attendance")
        for row in here:
            yield Block("text", f"- {_describe_presence(row)}{'.' if row is here[-1] else ';'}")
    for mode, word in (("absent", "Vắng"), ("", "Chưa xác nhận")):
        names = [f"{row.unit} ({row.note})" if row.note else row.unit for row in everyone if row.mode == mode]
        if names:
            yield Block("text", f"{word}: {'; '.join(names)}.")


def _describe_presence(row: Attendance) -> str:
    parts = [f"{row.unit}: {MODES.get(row.mode, row.mode).lower()}"]
    if row.site and row.mode == "online":
        parts[0] += f" tại {row.site}"
    if row.head_count:
        parts.append(f"{row.head_count} người{f' ({_list_names(row)})' if row.names else ''}")
    elif row.names:
        parts.append(_list_names(row))
    if _span_of(row):
        parts.append(f"có mặt từ {_span_of(row).replace(' – ', ' đến ')}")
    if row.note:
        parts.append(row.note)
    return ", ".join(parts)


def _list_names(row: Attendance) -> str:
    return ", ".join(row.names)


def _span_of(row: Attendance) -> str:
    if row.mode == "absent" or not row.first_in or not row.last_out:
        return ""
    return f"{spell_time(row.first_in)} – {spell_time(row.last_out)}"


def _write_sections(sections: Iterable[Section]) -> Iterator[Block]:
    # A row that was added and never filled in is not printed, here and below.
    filled = (each for each in sections if any((each.title, each.presenter, each.summary, each.statements)))
    for number, section in enumerate(filled, 1):
        yield Block("heading", f"{number}. {section.title}")
        if section.presenter:
            yield Block("text", f"{LABELS['presenter']}: {section.presenter}.")
        yield from _write_paragraphs(section.summary)
        for statement in section.statements:
            if statement.struck or not statement.text.strip():
                continue
            first, *rest = _paragraphs(statement.text)
            yield Block("text", f"- {statement.speaker}: {first}", statement.segments)
            yield from (Block("text", text, statement.segments) for text in rest)


def _write_votes(votes: Iterable[Vote]) -> Iterator[Block]:
    lines = [(text, vote.segments) for vote in votes if (text := _tell_vote(vote))]
    if lines:
        yield Block("heading", LABELS["votes"])
    yield from (Block("text", f"- {text.rstrip('.')}.", segments) for text, segments in lines)


def _tell_vote(vote: Vote) -> str:
    counts = [
        (vote.in_favour, "tán thành"),
        (vote.against, "không tán thành"),
        (vote.abstain, "không có ý kiến"),
    ]
    told = ", ".join(f"{word} {count}" for count, word in counts if count is not None)
    return ": ".join(part for part in (vote.subject, told or vote.text) if part)


def _write_conclusions(conclusions: Iterable[Conclusion]) -> Iterator[Block]:
    told = [(text, each.segments) for each in conclusions if (text := write_conclusion(each))]
    if told:
        yield Block("heading", LABELS["conclusions"])
    yield from (Block("text", f"{number}. {text}", segments) for number, (text, segments) in enumerate(told, 1))


def write_conclusion(conclusion: Conclusion) -> str:
    """In the words that the notice of conclusions has too; nothing for one that was left blank."""
    if not conclusion.text.strip() and not conclusion.unit:
        return ""
    point = Point(
        text=conclusion.text,
        unit=conclusion.unit,
        supporting=conclusion.supporting,
        due=conclusion.due,
        product=conclusion.product,
    )
    return write_point(point)


def _write_gaps(gaps: Iterable[Gap]) -> Iterator[Block]:
    everything = list(gaps)
    unrecorded = [gap for gap in everything if not gap.reason.startswith(SHARED)]
    shared = [gap for gap in everything if gap.reason.startswith(SHARED)]
    for label, chosen in ((LABELS["gaps"], unrecorded), (LABELS["incidents"], shared)):
        if chosen:
            yield Block("heading", label, part="gaps")
        for gap in chosen:
            reason = GAP_REASONS.get(gap.reason, gap.reason).removeprefix(SHARED)
            told = f" ({reason})" if reason else ""
            yield Block("text", f"- Từ {spell_time(gap.start)} đến {spell_time(gap.end)}{told}.", part="gaps")


def _write_paragraphs(text: str) -> Iterator[Block]:
    yield from (Block("text", paragraph) for paragraph in _paragraphs(text))


def _paragraphs(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _build_annex(content: Content) -> Annex:
    rows = tuple(
        (
            str(number),
            row.unit,
            row.site,
            MODES.get(row.mode, row.mode),
            "" if row.head_count is None else str(row.head_count),
            _span_of(row),
            "; ".join(part for part in (_list_names(row), row.note) if part),
        )
        for number, row in enumerate(content.attendance, 1)
    )
    attached = tell_attached("Biên bản", content.notation, local_day(content.ended_at).year, content.organ)
    return Annex("Phụ lục I", ANNEX_TITLE, ANNEX_COLUMNS, rows, ANNEX_WIDTHS, ANNEX_CENTRED, attached)

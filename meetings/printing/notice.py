"""Notices of conclusions (Mẫu 1.4, a document with a name) and official letters (Mẫu 1.5, công văn) in lines of print.

Both are what an office writes after a meeting: the notice says what the chair concluded, a letter corrects a document
that was issued. Which organ, symbol and signing lines they bear is data; here stands the form of NĐ 30/2020/NĐ-CP.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from meetings.printing.wording import (
    END_MARK,
    RECIPIENTS,
    Block,
    Head,
    clean_value,
    end_sentence,
    list_dashed,
    list_names,
    list_recipients,
    make_head,
    write_date_line,
    write_reference,
)

LETTER = "CÔNG VĂN"  # is never printed: an official letter has no name, "V/v …" stands below its number
ADDRESSED = "Kính gửi:"
LONGEST_BESIDE = 24  # more recipients than these may break over pages


@dataclass(frozen=True, kw_only=True)
class Point:
    """One conclusion: what it says, and the task it gives, if it gives one."""

    text: str
    unit: str = ""
    supporting: tuple[str, ...] = ()
    due: date | None = None
    product: str = ""


@dataclass(frozen=True, kw_only=True)
class NoticeContent:
    """Values of one notice or letter. ``title`` is empty for a letter, which has ``addressees`` instead.

    ``points`` are numbered; one that begins with a dash belongs to the point before it.
    """

    organ: str
    parent_organ: str = ""  # empty for a committee, which writes no superior
    symbol: str  # "TB-UBND"
    town: str
    year: int  # that the date's blank stands in until the clerk gives the day
    title: str
    subject: str
    addressees: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    closing: str = ""
    recipients: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()
    signer_position: str = ""
    signer_name: str = ""

    def to_json(self) -> dict[str, Any]:
        lists = {name: list(value) for name, value in asdict(self).items() if isinstance(value, tuple)}
        return asdict(self) | lists

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "NoticeContent":
        values: dict[str, Any] = {name: written[name] for name in cls.__dataclass_fields__ if name in written}
        values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**values)


@dataclass(frozen=True)
class NoticeSheet:
    """What is printed. ``about`` stands below the number of a letter, ``kind`` and ``name`` above a notice's body."""

    title: str
    author: str
    head: Head
    about: str
    kind: str
    name: str
    addressed_label: str
    addressees: tuple[str, ...]
    body: tuple[Block, ...]
    recipients_label: str
    recipients: tuple[str, ...]
    together: bool
    authority: tuple[str, ...]
    signer: str


def build_notice_sheet(
    content: NoticeContent, *, number: int | None = None, issued_on: date | None = None
) -> NoticeSheet:
    """The lines of the form; blanks for the number and the day where the clerk has given none yet."""
    reference = write_reference("" if number is None else str(number), content.symbol)
    recipients = list_recipients(content.recipients, "Lưu: VT")
    sheet = NoticeSheet(
        title=f"{(content.title or LETTER).capitalize()} {content.subject}",
        author=content.organ,
        head=make_head(
            content.parent_organ, content.organ, reference, write_date_line(content.town, issued_on, content.year)
        ),
        about="" if content.title else f"V/v {content.subject}",
        kind=content.title,
        name=content.subject if content.title else "",
        addressed_label=ADDRESSED if content.addressees else "",
        addressees=tuple(_list_addressees(content.addressees)),
        body=tuple(_write_body(content)),
        recipients_label=RECIPIENTS,
        recipients=recipients,
        together=len(recipients) <= LONGEST_BESIDE,
        authority=(*content.authority, content.signer_position.upper()),
        signer=content.signer_name,
    )
    return clean_value(sheet)


def write_point(point: Point) -> str:
    """ "Text. Giao Sở A chủ trì, phối hợp với Sở B thực hiện; hoàn thành trước ngày 05/12/2026; sản phẩm: báo cáo." """
    text = point.text.strip().rstrip(".;")
    helped = f" chủ trì, phối hợp với {', '.join(point.supporting)}" if point.supporting else ""
    task = [f"Giao {point.unit}{helped} thực hiện"] if point.unit else []
    if point.due:
        task.append(f"{'h' if task else 'H'}oàn thành trước ngày {point.due:%d/%m/%Y}")
    if point.product:
        task.append(f"{'s' if task else 'S'}ản phẩm: {point.product.strip().rstrip('.;')}")
    return ". ".join(part for part in (text, "; ".join(task)) if part) + "."


def _list_addressees(addressees: tuple[str, ...]) -> list[str]:
    named = list_names(addressees)
    return [f"{name}." for name in named] if len(named) < 2 else list(list_dashed(named))


def _write_body(content: NoticeContent) -> Iterator[Block]:
    paragraphs = [Block("text", end_sentence(text)) for text in content.paragraphs if text.strip()]
    number = 0
    for point in content.points:
        text = " ".join(point.split())
        if text.startswith(("-", "+")):
            paragraphs.append(Block("text", end_sentence(text)))
        elif text:
            number += 1
            paragraphs.append(Block("text", f"{number}. {end_sentence(text)}"))
    if content.closing.strip():
        paragraphs.append(Block("text", end_sentence(content.closing)))
    if not paragraphs:
        return
    last = paragraphs.pop()
    yield from paragraphs
    yield Block("closing", last.text.rstrip(" .;") + END_MARK)

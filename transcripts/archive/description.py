"""The description of a file and of what lies in it, with the fields of Nghị định 30/2020/NĐ-CP, annex VI. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree

from transcripts.archive.chain import KINDS, Link
from transcripts.archive.sheets import Column, Sheet, clean, write_xml

FILE_LENGTHS = {
    "OrganId": 13,
    "FileCatalog": 4,
    "FileNotation": 20,
    "Title": 500,
    "Maintenance": 30,
    "Rights": 30,
    "Language": 30,
    "Creator": 30,
    "StartDate": 10,
    "EndDate": 10,
    "DocTotal": 4,
    "PageTotal": 4,
}
DOCUMENT_LENGTHS = {
    "OrganId": 13,
    "FileCatalog": 4,
    "FileNotation": 20,
    "DocOrdinal": 3,
    "TypeName": 100,
    "CodeNumber": 11,
    "CodeNotation": 30,
    "IssuedDate": 10,
    "OrganName": 200,
    "Subject": 500,
    "Language": 30,
    "PageAmount": 3,
    "Description": 500,
    "Position": 100,
    "FullName": 50,
    "Priority": 1,
    "IssuedAmount": 3,
    "DueDate": 10,
}
SIGNER = ("Position", "FullName")
LANGUAGE = "Tiếng Việt"


@dataclass(frozen=True)
class FileFacts:
    """What is said of the file as a whole. ``code`` is its notation, ``maintenance`` how long it is kept."""

    code: str
    title: str
    organ_id: str
    creator: str
    maintenance: str
    rights: str
    starts_on: date
    ends_on: date | None


def fit(value: str, longest: int) -> str:
    """``value`` in one line, shortened where the field is shorter; the whole of it stands in the manifest."""
    line = " ".join(clean(value).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def describe_file(facts: FileFacts, links: Sequence[Link], pages: int | None = None) -> dict[str, str]:
    values = {
        "OrganId": facts.organ_id,
        "FileCatalog": str(facts.starts_on.year),
        "FileNotation": facts.code,
        "Title": facts.title,
        "Maintenance": facts.maintenance,
        "Rights": facts.rights,
        "Language": LANGUAGE,
        "Creator": facts.creator,
        "StartDate": write_day(facts.starts_on),
        "EndDate": write_day(facts.ends_on) if facts.ends_on else "",
        "DocTotal": str(len(links)),
        "PageTotal": str(pages) if pages is not None else "",
    }
    return {name: fit(value, FILE_LENGTHS[name]) for name, value in values.items()}


def describe_item(facts: FileFacts, link: Link, pages: int | None = None) -> dict[str, str]:
    """Of one item; what an official document says of itself stands in its ``details``."""
    values = {
        "OrganId": facts.organ_id,
        "FileCatalog": str(facts.starts_on.year),
        "FileNotation": facts.code,
        "DocOrdinal": str(link.number),
        "TypeName": KINDS[link.item.kind],
        "Subject": link.item.title,
        "IssuedDate": "",
        "OrganName": facts.creator,
        "Language": LANGUAGE,
        "PageAmount": str(pages) if pages is not None else "",
    } | {name: value for name, value in link.item.details.items() if name in DOCUMENT_LENGTHS}
    return {name: fit(value, DOCUMENT_LENGTHS[name]) for name, value in values.items() if value}


def write_listing(facts: FileFacts, links: Sequence[Link], pages: Mapping[int, int]) -> bytes:
    """The file and its list of documents as XML. ``pages``: of items whose pages could be counted, by number."""
    root = ElementTree.Element("File")
    total = sum(pages.values()) if pages else None
    for name, value in describe_file(facts, links, total).items():
        ElementTree.SubElement(root, name).text = value
    for link in links:
        document = ElementTree.SubElement(root, "Document")
        signer: ElementTree.Element | None = None
        for name, value in describe_item(facts, link, pages.get(link.number)).items():
            if name in SIGNER:
                signer = ElementTree.SubElement(document, "SignerInfo") if signer is None else signer
                ElementTree.SubElement(signer, name).text = value
            else:
                ElementTree.SubElement(document, name).text = value
        for name, value in (("At", link.item.at.isoformat()), ("Sha256", link.item.sha256), ("Link", link.link)):
            ElementTree.SubElement(document, name).text = value
    return write_xml(root)


def list_on_paper(facts: FileFacts, links: Sequence[Link], pages: Mapping[int, int]) -> Sheet:
    """Mục lục văn bản: the same list for people."""
    columns = (
        Column("ordinal", "STT", 10),
        Column("code", "Số, ký hiệu", 26),
        Column("date", "Ngày, tháng, năm", 24),
        Column("subject", "Tên loại, trích yếu", 60),
        Column("pages", "Số trang", 13),
        Column("sha256", "Mã băm SHA-256", 32),
    )
    rows = tuple(
        (
            str(link.number),
            link.item.code,
            link.item.details.get("IssuedDate") or write_day(link.item.at.date()),
            link.item.title,
            str(pages[link.number]) if link.number in pages else "",
            " ".join(link.item.sha256[at : at + 8] for at in range(0, 64, 8)),
        )
        for link in links
    )
    return Sheet(f"Mục lục văn bản, hồ sơ {facts.code}", columns, rows)


def write_day(day: date) -> str:
    return f"{day:%d/%m/%Y}"

"""Papers that people really bring, made by the libraries that write them, and files made to hurt."""

import io
import zipfile
from pathlib import Path

import docx
import pypdf
import pytest
import typst
import xlsxwriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from meetings.errors import Invalid
from transcripts.search.reading import LARGEST_PART, read_pages
from web.paper_files import MEDIA_TYPES

WORDS = "Tờ trình về giải ngân vốn đầu tư công"
SLIDE = (
    '<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:sld>'
)


def write_pdf(path: Path) -> None:
    source = path.with_suffix(".typ")
    source.write_text(f"{WORDS}\n#pagebreak()\nTrang hai")
    path.write_bytes(bytes(typst.compile(source)))


def write_word(path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(WORDS)
    document.add_table(1, 1).cell(0, 0).text = "Trang hai"
    document.save(str(path))


def write_workbook(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [WORDS, "Trang hai", 12.5])


def write_slides(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as parts:
        for number, text in ((10, "Trang hai"), (2, WORDS)):
            parts.writestr(f"ppt/slides/slide{number}.xml", SLIDE.format(text))
        parts.writestr("ppt/notesSlides/notesSlide1.xml", SLIDE.format("ghi chú"))


WRITERS = {"pdf": write_pdf, "docx": write_word, "xlsx": write_workbook, "pptx": write_slides}


@pytest.mark.parametrize("ending", WRITERS)
def test_words_of_papers_are_read_in_their_order(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"paper.{ending}"
    WRITERS[ending](path)
    pages = read_pages(path, MEDIA_TYPES[ending])
    text = " ".join(" ".join(pages).split())
    assert WORDS in text
    assert text.index(WORDS) < text.index("Trang hai")
    assert len(pages) == (2 if ending in ("pdf", "pptx") else 1)
    assert "ghi chú" not in text


def test_letters_that_no_database_keeps_are_left_out(tmp_path: Path) -> None:
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(200, 200)
    names, words = DecodedStreamObject(), DecodedStreamObject()
    names.set_data(b"begincmap 2 beginbfchar <61> <D835> <62> <0000> endbfchar endcmap")
    words.set_data(b"BT /F 12 Tf 10 100 Td (abcd) Tj ET")
    font = DictionaryObject({NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1")})
    font[NameObject("/BaseFont")] = NameObject("/Helvetica")
    font[NameObject("/ToUnicode")] = writer._add_object(names)
    fonts = DictionaryObject({NameObject("/F"): font})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    page[NameObject("/Contents")] = writer._add_object(words)
    writer.write(tmp_path / "odd.pdf")
    assert [text.split() for text in read_pages(tmp_path / "odd.pdf", MEDIA_TYPES["pdf"])] == [["cd"]]


def test_picture_has_no_words(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert read_pages(path, "image/png") == []


def make_bomb(entities: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/document.xml", entities)
    return made.getvalue()


NESTED = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE = {
    "nothing": b"",
    "noise": bytes(range(256)) * 20,
    "no part": make_bomb("").replace(b"word/document.xml", b"word/otherment.xml"),
    "cut": make_bomb("<a>" * 1000)[:-30],
    "laughs": make_bomb(f'<!DOCTYPE d [<!ENTITY e0 "ha">{NESTED}]><d>&e11;</d>'),
    "outside": make_bomb('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'),
    "large": make_bomb("<d>" + " " * (LARGEST_PART + 1) + "</d>"),
}


@pytest.mark.parametrize("ending", ["pdf", "docx", "pptx"])
@pytest.mark.parametrize("name", HOSTILE)
def test_file_made_to_hurt_is_refused_or_empty(tmp_path: Path, ending: str, name: str) -> None:
    path = tmp_path / "paper"
    path.write_bytes(HOSTILE[name])
    try:
        pages = read_pages(path, MEDIA_TYPES[ending])
    except Invalid:
        return
    assert "".join(pages).strip() == ""

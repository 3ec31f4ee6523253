import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from meetings.errors import Invalid
from web import table_files
from web.table_files import read_table


def make_workbook(*rows: list[object]) -> bytes:
    book, data = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    book.save(data)
    return data.getvalue()


@pytest.mark.parametrize(
    "data", [b"a,b\n1,2;3\n", b"\xef\xbb\xbfa;b\r\n1;2;3\r\n"[:-3] + b"\r\n", b'"a","b"\n"1","2;3"\n']
)
def test_csv_with_commas_or_semicolons(data: bytes) -> None:
    header, row = read_table(data)
    assert header == ["a", "b"]
    assert row[0] == "1"


def test_workbook_gives_what_a_person_sees() -> None:
    data = make_workbook(
        ["code", "start", "share"],
        [676, datetime.fromisoformat("2022-03-01T08:00"), 0.5],
        ["x", date(2022, 3, 1), None],
    )
    assert read_table(data) == [
        ["code", "start", "share"],
        ["676", "2022-03-01T08:00:00", "0.5"],
        ["x", "2022-03-01T00:00:00"],
    ]


@pytest.mark.parametrize("data", [b"a,b\n\xff\xfe\n", b'a,"b\n', b"PK\x03\x04 no archive", b"a\n" * 60_000])
def test_file_that_is_no_table_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_table(data)


def test_archive_that_is_no_workbook_is_refused() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(Invalid):
        read_table(data.getvalue())


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("xl/worksheets/sheet1.xml", "<worksheet><cut off"),
        ("xl/worksheets/sheet1.xml", SHEET.format('<row r="1"><c r="A1" t="s"><v>99</v></c></row>')),
        ("xl/worksheets/sheet1.xml", SHEET.format('<row r="1"><c r="A1" t="n"><v>abc</v></c></row>')),
        ("xl/workbook.xml", "<x/>"),
        ("xl/styles.xml", "<x"),
    ],
)
def test_workbook_with_a_broken_part_is_refused_with_words(name: str, content: str) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make_workbook(["a"]))) as whole, zipfile.ZipFile(data, "w") as broken:
        for part in whole.namelist():
            broken.writestr(part, content if part == name else whole.read(part))
    with pytest.raises(Invalid, match="XLSX"):
        read_table(data.getvalue())


def test_workbook_with_a_broken_byte_is_refused_with_words() -> None:
    data = bytearray(make_workbook(["a", 1], ["b", 2]))
    data[254] ^= 0xFF
    with pytest.raises(Invalid, match="XLSX"):
        read_table(bytes(data))


@pytest.mark.parametrize(("part", "encoding"), [("xl/sharedStrings.xml", "utf-8"), ("xl/other.xml", "utf-16")])
def test_workbook_with_millions_of_texts_is_refused_at_once(part: str, encoding: str) -> None:
    """The reader would take all of them in first, for half a minute."""
    data = io.BytesIO()
    texts = "<sst>" + "<si><t/></si>" * (table_files.MOST_STRINGS + 1) + "</sst>"
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, texts.encode(encoding))
    with pytest.raises(Invalid, match="ô chữ khác nhau"):
        read_table(data.getvalue())


def test_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_workbook(["x" * 1000])
    monkeypatch.setattr(table_files, "LARGEST_UNPACKED", 1000)
    with pytest.raises(Invalid, match="giải nén"):
        read_table(data)


def test_file_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "LARGEST_FILE", 10)
    with pytest.raises(Invalid, match="MB"):
        read_table(b"a,b,c,d,e,f")

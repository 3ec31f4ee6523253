"""The indicator as files: every one of them says what the page says."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlmodel import select
from yarl import URL

from meetings.actions import change_exclusion, close_period
from meetings.models import Meeting
from meetings.periods import parse
from tests.browsing import Browser, Site, open_site
from tests.factories import World
from tests.web.ratio_history import hold_history
from web.database import Database
from web.pages.ratio_exports import spell_code

QUERY = "pair=province:commune&calendar=civil&period=2026-10"


@pytest.fixture
async def leader(site: Site) -> Browser:
    await hold_history(site)
    return await site.sign_in("leader")


async def fetch(browser: Browser, ending: str, query: str = QUERY) -> bytes:
    async with browser.session.get(f"/ratio.{ending}?{query}") as answer:
        assert answer.status == 200
        if ending != "json":
            assert f".{ending}" in answer.headers["Content-Disposition"]
        return await answer.read()


async def test_csv_opens_in_spreadsheets_set_to_vietnamese(leader: Browser) -> None:
    body = await fetch(leader, "csv")
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))
    assert (rows[0]["Kỳ"], rows[0]["Trực tuyến (n)"], rows[0]["Được tính (N)"]) == ("tháng 10/2026", "4", "5")
    assert (rows[0]["Tỷ lệ (%)"], rows[0]["Qua kênh khác"]) == ("80", "1")


async def test_workbook_has_a_sheet_for_every_table(leader: Browser) -> None:
    book = load_workbook(io.BytesIO(await fetch(leader, "xlsx")))
    assert book.sheetnames == ["Theo kỳ", "Đơn vị cấp dưới", "Đơn vị triệu tập", "Loại cuộc họp", "Dự kiến và thực tế"]
    cells = [[cell.value for cell in row] for row in book["Theo kỳ"].iter_rows()]
    head = next(index for index, row in enumerate(cells) if row[0] == "Kỳ")
    assert cells[head + 1][:6] == ["tháng 10/2026", "01/10/2026", "31/10/2026", 4, 5, 80]
    assert [row[0].value for row in book["Đơn vị triệu tập"].iter_rows()][1:] == ["UBND tỉnh Lâm Đồng"]


async def test_pdf_is_for_the_meeting_folder(leader: Browser) -> None:
    reader = PdfReader(io.BytesIO(await fetch(leader, "pdf")))
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))
    assert "TỶ LỆ HỌP TRỰC TUYẾN" in text
    assert re.search(r"80,0\s% \(4/5\)", text)
    assert "Xã Đức Trọng" in text
    assert len(reader.pages) <= 4


async def test_record_for_the_reporting_system(site: Site, leader: Browser) -> None:
    record = json.loads(await fetch(leader, "json"))
    assert (record["ky"], record["ma_chi_tieu"], record["tu_so"], record["mau_so"]) == ("202610", "HTT01", 4, 5)
    assert (record["gia_tri"], record["dat"], record["trang_thai"], record["hash"]) == (80.0, False, "tam_tinh", None)
    async with site.database.write() as session:
        closing = await close_period(
            session, site.world.actors["office"], "province", "commune", "2026-10", "civil", now=site.clock()
        )
    record = json.loads(await fetch(leader, "json"))
    assert (record["trang_thai"], record["hash"]) == ("da_chot", closing.hash)
    assert record["chi_tieu"] == {"phep_so_sanh": ">", "gia_tri": 80}
    assert record["dieu_chinh"] == {"tu_so": 4, "mau_so": 5, "gia_tri": 80.0}


async def test_record_of_a_closed_period_stays_what_its_hash_stands_for(site: Site, leader: Browser) -> None:
    office = site.world.actors["office"]
    async with site.database.write() as session:
        await close_period(session, office, "province", "commune", "2026-10", "civil", now=site.clock())
        meeting = (await session.exec(select(Meeting).where(Meeting.channel == "giaoban"))).all()[0]
        reason = ("field_visit", "Đi thực địa", "", "Ghi sót")
        await change_exclusion(session, office, meeting.slug, *reason, meeting.version, site.clock())
    record = json.loads(await fetch(leader, "json"))
    assert (record["trang_thai"], record["tu_so"], record["mau_so"]) == ("da_chot", 4, 5)
    assert record["dieu_chinh"] == {"tu_so": 3, "mau_so": 4, "gia_tri": 75.0}


@pytest.mark.parametrize(
    ("code", "spelt"), [("2022-06", "202206"), ("2022Q3", "20223"), ("2022", "2022"), ("2022H1", "2022H1")]
)
def test_period_codes_of_the_reporting_system(code: str, spelt: str) -> None:
    assert spell_code(parse(code)) == spelt


@pytest.mark.parametrize("ending", ["csv", "xlsx", "pdf", "json"])
async def test_wrong_period_is_told(leader: Browser, ending: str) -> None:
    page = await leader.open(f"/ratio.{ending}?pair=province:commune&period=2026Q7")
    assert page.status == 422
    assert "Kỳ báo cáo không đúng" in page.words


async def test_open_data_are_aggregates_with_metadata(leader: Browser) -> None:
    async with leader.session.get("/ratio/open-data.jsonld") as answer:
        assert answer.content_type == "application/ld+json"
        catalogue = json.loads(await answer.text())
    [dataset] = catalogue["dcat:dataset"]
    assert dataset["@type"] == "dcat:Dataset"
    assert dataset["dct:temporal"]["dcat:endDate"]["@value"] == "2026-10-31"
    rows = {}
    for distribution in dataset["dcat:distribution"]:
        url = URL(distribution["dcat:downloadURL"]["@id"])
        async with leader.session.get(url.path) as answer:
            assert distribution["dcat:mediaType"]["@id"].endswith(answer.content_type)
            rows[answer.content_type] = (await answer.read()).decode("utf-8-sig")
    [row] = json.loads(rows["application/json"])
    assert (row["lower_level"], row["month"], row["online"], row["eligible"]) == ("commune", "2026-10", 4, 5)
    assert (row["percent"], row["target_operator"], row["target_percent"], row["met"]) == (80.0, ">", 80, False)
    [line] = csv.DictReader(io.StringIO(rows["text/csv"]), delimiter=";")
    assert (line["month"], line["online"]) == ("2026-10", "4")
    assert "Họp" not in "".join(rows.values()), "no titles"


@pytest.mark.parametrize("opened", [False, True])
async def test_open_data_are_open_where_the_province_says_so(
    database: Database, world: World, tmp_path: Path, opened: bool
) -> None:
    async with open_site(database, world, tmp_path, open_data=opened) as site:
        await hold_history(site)
        page = await site.visit().open("/ratio/open-data.json")
        assert (page.status == 200) is opened
        assert ('"2026-10"' in page.text) is opened
        assert (await site.visit().open("/ratio.json")).status != 200, "nothing else is opened"

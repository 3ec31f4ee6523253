"""The page of the number: it shows what the pure function counts, and every figure leads to its meetings."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from meetings.indicator.facts import refresh_fact
from meetings.kinds import Mode
from meetings.models import Channel, Form, Role, SecretMeetingCount, Target
from meetings.periods import parse
from tests.factories import NOW, add_account, add_ended_meeting, add_meeting, add_person, add_presence, key
from tests.records import House, open_house
from web.auth import Visitor, open_session
from web.database import Database
from web.pages.ratio_words import spell_percent

ONLINE = (Mode.ONLINE, Mode.ONLINE, Mode.ONLINE)
HALL = (Mode.IN_HALL, Mode.IN_HALL, Mode.IN_HALL)
HYBRID = (Mode.ONLINE, Mode.ONLINE, Mode.IN_HALL)
HALF = (Mode.ONLINE, Mode.IN_HALL, Mode.ABSENT)  # one of two: no majority
NOBODY = (Mode.ABSENT, Mode.ABSENT, Mode.ABSENT)
OCTOBER = datetime(2026, 10, 1, 3, tzinfo=UTC)


async def hold(house: House, *all_modes: tuple[Mode | None, ...], ended_at: datetime = OCTOBER, **values: Any) -> None:
    """One ended meeting of the world's province with its communes for each tuple of modes."""
    world = house.world
    async with house.database.write() as session:
        for modes in all_modes:
            units = list(zip(world.communes, world.sites, strict=True))
            meeting = await add_ended_meeting(
                session, world.province, world.chair, world.secretary, units, modes, ended_at, **values
            )
            await refresh_fact(session, key(meeting))


async def set_target(house: House, operator: str = ">", value: float = 80) -> None:
    async with house.database.write() as session:
        pair = {"upper_level": "province", "lower_level": "commune"}
        session.add(Target.model_validate({**pair, "operator": operator, "value": value, "valid_from": "2025-07-01"}))


async def read(house: House, path: str, who: str = "leader") -> str:
    answer = await house.go(who, path)
    assert answer.status == 200, await answer.text()
    return re.sub(r"\s+", " ", (await answer.text()).replace("\N{NO-BREAK SPACE}", " "))


def share_on(page: str) -> str:
    found = re.search(r'id="share">([^<]*)<', page)
    assert found is not None
    return found[1]


async def mixed_period(house: House) -> None:
    """Of every kind at least one."""
    await hold(house, ONLINE, ONLINE, HYBRID, HALL, HALF, NOBODY, (Mode.ONLINE, None, Mode.ONLINE))
    await hold(house, ONLINE, exclusion="citizen_reception", exclusion_reason="Tiếp công dân")
    await hold(house, ONLINE, channel="other")
    async with house.database.write() as session:
        session.add(SecretMeetingCount(month=date(2026, 10, 1), count=2))


async def test_every_number_leads_to_its_meetings(house: House) -> None:
    await mixed_period(house)
    page = await read(house, "/ratio?pair=province:commune&calendar=civil&period=202610")
    assert share_on(page) == "50,0 %"
    for which, count in (
        ("online", 3),
        ("eligible", 6),
        ("hybrid", 2),
        ("other_channel", 1),
        ("unattended", 1),
        ("unconfirmed", 1),
        ("excluded%3Acitizen_reception", 1),
    ):
        assert re.search(rf'period=2026-10&amp;which={which}">{count}</a>', page), which
    assert re.search(r"Bí mật nhà nước \(chỉ đếm số cuộc, chung cho mọi cặp cấp\)</dt><dd><a [^>]*>2</a></dd>", page)
    assert "Tỷ lệ sẽ thay đổi khi thư ký xác nhận tham dự của 1 cuộc họp." in page


@pytest.mark.parametrize(
    ("which", "count"),
    [
        ("all", 9),
        ("eligible", 6),
        ("online", 3),
        ("not_online", 2),
        ("hybrid", 2),
        ("other_channel", 1),
        ("excluded", 1),
        ("excluded:citizen_reception", 1),
        ("excluded:disaster", 0),
        ("unconfirmed", 1),
        ("unattended", 1),
        ("department", 0),
    ],
)
async def test_every_number_opens_its_list(house: House, which: str, count: int) -> None:
    await mixed_period(house)
    page = await read(house, f"/ratio/meetings?calendar=civil&period=202610&which={which}")
    assert f"<strong>{count} cuộc họp</strong>" in page
    assert page.count('class="list-item"') == count


async def test_unit_rows_open_the_meetings_they_count(house: House) -> None:
    await mixed_period(house)
    page = await read(house, "/ratio?calendar=civil&period=202610")
    table = page[page.index("Theo đơn vị cấp dưới") :]
    rows = re.findall(r'<th scope="row">([^<]+)</th> <td class="number">([^<]+)</td>', table)
    shares = [float(share.replace(",", ".").removesuffix(" %")) for _name, share in rows]
    assert len(rows) == 3
    assert shares == sorted(shares)  # the worst first
    links = re.findall(r'href="(/ratio/meetings\?[^"]*unit=[^"]*)">(\d+)</a>', table)
    assert len(links) == 12
    for address, number in links:
        listed = await read(house, address.replace("&amp;", "&"))
        assert f"<strong>{number} cuộc họp</strong>" in listed


async def test_evidence_says_why_a_meeting_counts_and_who_confirmed_it(house: House) -> None:
    world = house.world
    async with house.database.write() as session:
        units = list(zip(world.communes, world.sites, strict=True))
        meeting = await add_ended_meeting(
            session, world.province, world.chair, world.secretary, units, HYBRID, OCTOBER,
            attendance_confirmed_by=key(world.accounts["secretary"]),
        )  # fmt: skip
        await refresh_fact(session, key(meeting))
        for unit, site in units[:2]:
            await add_presence(
                session, meeting, OCTOBER - timedelta(hours=2), OCTOBER - timedelta(minutes=30), unit=unit, site=site
            )
    page = await read(house, "/ratio/meetings?calendar=civil&period=202610&which=online")
    assert "<strong>Tính, trực tuyến.</strong> 2/3 đơn vị cấp dưới dự họp qua hệ thống, quá nửa." in page
    assert "Nguyễn Thị Thư xác nhận lúc 10:00, 01/10/2026." in page
    assert "1 giờ 30 phút" in page
    assert "75 %" in page
    assert f'href="/meetings/{meeting.slug}"' in page


@pytest.mark.parametrize(
    ("modes", "values", "reason"),
    [
        (HALF, {}, "1/2 đơn vị cấp dưới dự họp qua hệ thống, không quá nửa."),
        (ONLINE, {"channel": "other"}, "Họp qua hệ thống không được công nhận; 3/3 đơn vị cấp dưới dự trực tuyến."),
        (NOBODY, {}, "3 đơn vị cấp dưới được mời, không đơn vị nào dự."),
        ((Mode.ONLINE, None, None), {}, "Thư ký chưa xác nhận việc tham dự."),
        (ONLINE, {"exclusion": "disaster"}, "Loại trừ khi đặt lịch: Khẩn cấp tại hiện trường thiên tai."),
    ],
)
async def test_evidence_says_why_a_meeting_does_not_count(
    house: House, modes: tuple[Mode | None, ...], values: dict[str, Any], reason: str
) -> None:
    await hold(house, modes, **values)
    assert reason in await read(house, "/ratio/meetings?calendar=civil&period=202610")


@pytest.mark.parametrize(
    ("rule", "share", "online", "definition", "reasons"),
    [
        (
            "any", "0.25", 2,
            "Trực tuyến: ít nhất một đơn vị cấp dưới có dự kết nối qua hệ thống được công nhận. Đơn vị được coi là kết "
            "nối khi có mặt trong phòng họp trực tuyến ít nhất 25 % thời gian họp.",
            {"1/2 đơn vị cấp dưới dự họp qua hệ thống, ít nhất một.", "0/3 đơn vị cấp dưới dự họp qua hệ thống, cần"},
        ),
        (
            "majority", "0.5", 1,
            "Trực tuyến: quá nửa số đơn vị cấp dưới có dự kết nối qua hệ thống được công nhận; đúng một nửa số đơn vị "
            "không phải là quá nửa. Đơn vị được coi là kết nối khi có mặt trong phòng họp trực tuyến ít nhất 50 %",
            {"1/2 đơn vị cấp dưới dự họp qua hệ thống, không quá nửa.", "2/3 đơn vị cấp dưới dự họp qua hệ thống, quá"},
        ),
        (
            "all", "1", 0,
            "Trực tuyến: mọi đơn vị cấp dưới có dự đều kết nối qua hệ thống được công nhận. Đơn vị được coi là kết nối "
            "khi có mặt trong phòng họp trực tuyến ít nhất 100 % thời gian họp.",
            {"2/3 đơn vị cấp dưới dự họp qua hệ thống, không đủ tất cả."},
        ),
    ],
)  # fmt: skip
async def test_rule_and_share_of_the_settings_count_and_are_told(
    database: Database, tmp_path: Path, rule: str, share: str, online: int, definition: str, reasons: set[str]
) -> None:
    house = await open_house(database, tmp_path, ratio_rule=rule, connected_share=share)
    try:
        await hold(house, HYBRID, HALF, HALL)
        page = await read(house, "/ratio?calendar=civil&period=202610")
        assert f'which=online">{online}</a>' in page
        assert definition in page
        evidence = await read(house, "/ratio/meetings?calendar=civil&period=202610")
        assert all(reason in evidence for reason in reasons)
        leader = await read(house, "/")
        assert f"{online}/3 cuộc họp" in leader
    finally:
        await house.client.close()


async def test_exactly_the_target_is_not_above_it(house: House) -> None:
    await set_target(house)
    await hold(house, ONLINE, ONLINE, ONLINE, ONLINE, HALL)
    page = await read(house, "/ratio?calendar=civil&period=202610")
    assert share_on(page) == "80,0 %"
    assert "<strong>Chưa đạt chỉ tiêu</strong>" in page
    assert "80 % không lớn hơn 80 %. So sánh bằng số chưa làm tròn." in page


async def test_at_least_the_target_is_met_when_the_operator_says_so(house: House) -> None:
    await set_target(house, ">=")
    await hold(house, ONLINE, ONLINE, ONLINE, ONLINE, HALL)
    page = await read(house, "/ratio?calendar=civil&period=202610")
    assert "<strong>Đạt chỉ tiêu</strong>" in page
    assert "80 % không nhỏ hơn 80 %." in page


async def test_a_share_above_the_target_meets_it(house: House) -> None:
    await set_target(house)
    await hold(house, *[ONLINE] * 5, HALL)
    page = await read(house, "/ratio?calendar=civil&period=202610")
    assert share_on(page) == "83,3 %"
    assert "<strong>Đạt chỉ tiêu</strong>" in page
    assert "83,3333… % lớn hơn 80 %." in page


async def test_empty_period_has_no_share(house: House) -> None:
    await set_target(house)
    page = await read(house, "/ratio?calendar=civil&period=202603")
    assert share_on(page) == "–"
    assert "0/0 cuộc họp" in page
    assert "Chưa có cuộc họp nào để tính" in page
    assert "đạt chỉ tiêu</strong>" not in page


async def test_period_of_reporting_runs_from_the_15th_to_the_14th(house: House) -> None:
    await hold(house, ONLINE, ended_at=datetime(2026, 10, 14, 16, tzinfo=UTC))  # 23:00 on the 14th
    await hold(house, HALL, ended_at=datetime(2026, 10, 14, 17, tzinfo=UTC))  # 00:00 on the 15th
    assert share_on(await read(house, "/ratio?period=202610")) == "100,0 %"
    assert share_on(await read(house, "/ratio?period=202611")) == "0,0 %"
    assert share_on(await read(house, "/ratio?calendar=civil&period=202610")) == "50,0 %"


async def test_address_without_a_choice_shows_this_year_and_todays_levels(house: House) -> None:
    page = await read(house, "/ratio")
    assert "Cấp tỉnh với cấp xã, năm 2026 (từ 15/12/2025 đến 14/12/2026)" in page


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("year=2026&part=H1", "6 tháng đầu năm 2026 (từ 15/12/2025 đến 14/06/2026)"),
        ("year=2026&part=Q3", "quý III năm 2026 (từ 15/06/2026 đến 14/09/2026)"),
        ("year=2026&part=M9", "9 tháng năm 2026"),
        ("year=2026&part=07&calendar=civil", "tháng 07/2026 (từ 01/07/2026 đến 31/07/2026)"),
        ("pair=province:district&year=2022&part=", "Cấp tỉnh với cấp huyện, năm 2022"),
    ],
)
async def test_pickers_make_the_address(house: House, query: str, told: str) -> None:
    assert told in await read(house, f"/ratio?{query}")


async def test_a_year_outside_the_list_is_the_one_that_the_picker_shows(house: House) -> None:
    page = await read(house, "/ratio?calendar=civil&period=2020")
    assert re.findall(r"<option selected>(\d+)</option>", page) == ["2020"]


@pytest.mark.parametrize(
    "query",
    ["period=2026Q9", "period=nonsense", "year=26&part=", "pair=commune:province", "pair=province", "pair=a:b"],
)
async def test_wrong_choice_gets_an_answer_that_says_so(house: House, query: str) -> None:
    for path in (
        "/ratio",
        "/ratio/meetings",
        "/ratio.csv",
        "/ratio/closings",
        f"/ratio/units/{house.world.communes[0].id}",
    ):
        assert (await house.go("leader", f"{path}?{query}")).status == 422
    assert (await house.go("leader", "/ratio/meetings?which=everything")).status == 422


@pytest.mark.parametrize(
    ("target", "held", "coming", "told"),
    [
        (80, [ONLINE, ONLINE, ONLINE, HALL], 2, "Cần ít nhất 2 cuộc trực tuyến để đạt chỉ tiêu."),
        (80, [HALL, HALL], 2, "Dù tất cả đều trực tuyến, kỳ này vẫn chưa đạt chỉ tiêu."),
        (10, [ONLINE, ONLINE], 2, "Dù không cuộc nào trực tuyến, kỳ này vẫn đạt chỉ tiêu."),
    ],
)
async def test_outlook_says_what_is_still_needed(
    house: House, target: float, held: list[tuple[Mode, ...]], coming: int, told: str
) -> None:
    await set_target(house, value=target)
    await hold(house, *held, ended_at=NOW - timedelta(days=2))
    async with house.database.write() as session:
        for number in range(coming):
            form = Form.ONLINE if number else Form.IN_PERSON
            await add_meeting(
                session, house.world.province, house.world.chair, house.world.secretary, house.world.communes,
                starts_at=NOW + timedelta(days=number + 1), planned_form=form,
            )  # fmt: skip
    page = await read(house, "/ratio?calendar=civil&period=2026")
    assert f"Trong kỳ còn {coming} cuộc đã đặt lịch, {coming - 1} cuộc dự kiến trực tuyến." in page
    assert told in page


async def test_csv_has_the_period_and_its_months_with_bom(house: House) -> None:
    await set_target(house)
    await mixed_period(house)
    answer = await house.go("leader", "/ratio.csv?calendar=civil&period=2026")
    assert answer.content_type == "text/csv"
    assert "ty-le-hop-truc-tuyen-province-commune-2026.csv" in answer.headers["Content-Disposition"]
    raw = await answer.read()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 15  # the head, the period (which is the year up to its end), the year before, twelve months
    assert all(len(row) == len(rows[0]) for row in rows)
    year = dict(zip(rows[0], rows[1], strict=True))
    assert (year["Kỳ"], year["Trực tuyến (n)"], year["Được tính (N)"]) == ("năm 2026", "3", "6")
    assert (year["Tỷ lệ (%)"], year["Chỉ tiêu"]) == ("50", "> 80 %")
    assert year["Loại trừ: Tiếp công dân, đối thoại"] == "1"
    assert rows[3][5] == "–"  # January: nothing to count
    assert rows[12][:1] == ["tháng 10/2026"]


@pytest.mark.parametrize("who", ["delegate", "clerk", "site1", "technician", "administrator", "contact"])
async def test_ratio_is_not_for_everybody(house: House, who: str) -> None:
    for path in ("/ratio", "/ratio.csv", "/ratio/meetings?which=all"):
        assert (await house.go(who, path)).status == 403, path


async def test_visitor_is_sent_to_sign_in_and_back(house: House) -> None:
    answer = await house.go("", "/ratio?period=2026")
    assert (answer.status, answer.headers["Location"]) == (303, "/login?next=%2Fratio%3Fperiod%3D2026")


async def test_title_of_a_meeting_is_kept_from_who_may_not_see_it(house: House) -> None:
    await hold(house, ONLINE, title="Họp riêng về nhân sự")
    async with house.database.write() as session:
        person = await add_person(session, house.world.communes[0], "Chủ trì xã khác")
        unit = house.world.district
        person.unit_id = key(unit)
        account = await add_account(session, person, Role.CHAIR, username="chutrikhac")
        house.tokens["chutrikhac"] = (await open_session(session, key(account), Visitor("", ""), NOW), "")
    page = await read(house, "/ratio/meetings?calendar=civil&period=202610", "chutrikhac")
    assert "<strong>1 cuộc họp</strong>" in page
    assert "Họp riêng về nhân sự" not in page
    assert "không được xem" in page


async def test_channel_counts_only_while_it_is_recognised(house: House) -> None:
    async with house.database.write() as session:
        session.add(Channel(code="cu", name="Hệ thống cũ", recognised=True, valid_to=date(2026, 9, 30)))
    await hold(house, ONLINE, channel="cu", ended_at=datetime(2026, 9, 30, 3, tzinfo=UTC))
    await hold(house, ONLINE, channel="cu", ended_at=datetime(2026, 10, 1, 3, tzinfo=UTC))
    assert share_on(await read(house, "/ratio?calendar=civil&period=202609")) == "100,0 %"
    assert share_on(await read(house, "/ratio?calendar=civil&period=202610")) == "0,0 %"


@pytest.mark.parametrize(
    ("share", "spelled"),
    [
        (Fraction(4, 5), "80"),
        (Fraction(14, 17), "82,3529…"),
        (Fraction(2001, 2500), "80,04"),
        (Fraction(1, 1), "100"),
        (Fraction(0, 3), "0"),
        (Fraction(800001, 1000000), "80,0001"),
        (Fraction(8000001, 10000000), "80,0000…"),
    ],
)
def test_share_is_spelled_as_it_is_compared(share: Fraction, spelled: str) -> None:
    assert spell_percent(share) == spelled


def test_period_codes_of_links_name_their_period() -> None:
    for code in ("2026", "20261", "2026H2", "2026M9", "202612"):
        period = parse(code)
        assert parse(period.code) == period

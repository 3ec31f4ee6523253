"""Units and sites: what everybody may look up, what administrators change."""

import pytest

from meetings.people_store import load_history
from tests.browsing import Site
from tests.factories import key
from web.i18n import today


async def test_units_are_those_of_the_day(site: Site) -> None:
    browser = await site.sign_in("delegate")
    now, then = await browser.open("/units"), await browser.open("/units?date=2022-06-01")
    assert "Xã Đức Trọng" in now.words
    assert "Huyện Lâm Hà" not in now.words
    assert "Huyện Lâm Hà" in then.words
    assert "Xã Đức Trọng" not in then.words


async def test_units_are_found_without_marks_and_by_code(site: Site) -> None:
    browser = await site.sign_in("delegate")
    assert "Xã Đức Trọng" in (await browser.open("/units?q=duc+trong")).words
    assert "Tỉnh Lâm Đồng" in (await browser.open("/units?q=68")).words
    assert "Không có đơn vị nào" in (await browser.open("/units?q=khong+co")).words
    assert "Xã Đức Trọng" not in (await browser.open("/units?level=province")).words


async def test_page_of_a_unit_tells_its_whole_life(site: Site) -> None:
    browser = await site.sign_in("delegate")
    page = await browser.open(f"/units/{site.world.communes[0].id}")
    for words in ("Xã Đức Trọng", "Tỉnh Lâm Đồng", "từ 01/07/2025", "Điểm cầu xã Đức Trọng"):
        assert words in page.words
    assert "/rename" not in page.text
    gone = await browser.open(f"/units/{site.world.district.id}")
    assert "Đơn vị này không tồn tại vào ngày 24/11/2026." in gone.words
    assert (await browser.open("/units/999999")).status == 404
    assert (await browser.open("/units/abc")).status == 404


async def test_unit_gets_a_new_name_from_a_day_on(site: Site) -> None:
    browser = await site.sign_in("administrator")
    unit = site.world.communes[0]
    form = {"name": "Phường Đức Trọng", "short_name": "", "on": "01/01/2027"}
    assert (await browser.send(f"/units/{unit.id}/rename", form)).location == f"/units/{unit.id}?done=unit"
    async with site.database.read() as session:
        history = await load_history(session)
    assert history.name(key(unit), today(site.clock())).name == "Xã Đức Trọng"
    again = await browser.send(f"/units/{unit.id}/rename", form | {"on": "01/06/2026"})
    assert again.status == 409
    assert "on" in again.faults
    site.clock.move(days=60)
    assert history.name(key(unit), today(site.clock())).name == "Phường Đức Trọng"


async def test_rename_without_a_name_or_a_day_is_said_at_the_field(site: Site) -> None:
    browser = await site.sign_in("administrator")
    unit = site.world.communes[0]
    page = await browser.send(f"/units/{unit.id}/rename", {"name": "", "on": "khi nào"})
    assert page.status == 422
    assert set(page.faults) == {"name", "on"}
    assert page.value("on") == "khi nào"


async def test_unit_is_followed_by_another(site: Site) -> None:
    browser = await site.sign_in("administrator")
    old, new = site.world.communes[:2]
    form = {"kind": "merge", "new_unit_id": str(new.id), "succeeded_on": "01/01/2027", "basis": "NQ 01/NQ-HĐND"}
    assert (await browser.send(f"/units/{old.id}/succession", form)).status == 303
    page = await browser.open(f"/units/{old.id}")
    assert "Sáp nhập: Xã Đức Trọng → Xã Đinh Văn Lâm Hà" in page.words
    assert "NQ 01/NQ-HĐND" in page.words
    assert "đến 31/12/2026" in page.words
    circle = form | {"new_unit_id": str(old.id), "succeeded_on": "01/02/2027"}
    page = await browser.send(f"/units/{new.id}/succession", circle)
    assert page.status == 422
    assert "quay lại chính nó" in page.words


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "abolish"}, "new_unit_id"),
        ({"new_unit_id": ""}, "new_unit_id"),
        ({"new_unit_id": "999999"}, "new_unit_id"),
        ({"succeeded_on": "01/07/2025"}, "succeeded_on"),
        ({"succeeded_on": ""}, "succeeded_on"),
        ({"basis": ""}, "basis"),
        ({"kind": "rename"}, "kind"),
        ({"kind": "conquest"}, "kind"),
    ],
)
async def test_bad_succession_is_said_at_its_field(site: Site, changes: dict[str, str], field: str) -> None:
    browser = await site.sign_in("administrator")
    old, new = site.world.communes[:2]
    form = {"kind": "merge", "new_unit_id": str(new.id), "succeeded_on": "01/01/2027", "basis": "NQ 01"}
    page = await browser.send(f"/units/{old.id}/succession", form | changes)
    assert page.status == 422
    assert field in page.faults


async def test_unit_gets_another_unit_above_it_from_a_day_on(site: Site) -> None:
    browser = await site.sign_in("administrator")
    world = site.world
    path = f"/units/{world.office.id}/parent"
    form = {"parent_id": str(world.department.id), "moved_on": "01/12/2026"}
    assert (await browser.send(path, form)).location == f"/units/{world.office.id}?done=unit"
    assert "Sở Tài chính từ 01/12/2026" in (await browser.open(f"/units/{world.office.id}")).words
    again = await browser.send(path, form | {"moved_on": "01/11/2026"})
    assert (again.status, set(again.faults)) == (409, {"moved_on"})
    circle = {"parent_id": str(world.office.id), "moved_on": "01/01/2027"}
    page = await browser.send(f"/units/{world.department.id}/parent", circle)
    assert (page.status, set(page.faults)) == (422, {"parent_id"})
    assert page.chosen("parent_id") == [str(world.office.id)]
    assert set((await browser.send(path, {})).faults) == {"moved_on"}


async def test_unit_is_added(site: Site) -> None:
    browser = await site.sign_in("administrator")
    form = {
        "name": "Xã Đạ Huoai",
        "kind": "people_committee",
        "level": "commune",
        "parent_id": str(site.world.province.id),
        "valid_from": "01/07/2025",
        "official_order": "30",
        "gso": "24820",
    }
    page = await browser.send("/units/new", form)
    assert "Xã Đạ Huoai" in (await browser.open(page.location)).words
    taken = await browser.send("/units/new", form | {"name": "Xã Khác"})
    assert taken.status == 409
    assert "Mã 24820 đã thuộc về đơn vị khác." in taken.faults["gso"]
    assert taken.value("name") == "Xã Khác"
    assert "name" in (await browser.send("/units/new", form | {"name": "", "gso": ""})).faults
    assert "level" in (await browser.send("/units/new", form | {"level": "galaxy", "gso": ""})).faults


async def test_site_is_added_changed_and_ended(site: Site) -> None:
    browser = await site.sign_in("administrator")
    unit = site.world.communes[0]
    assert (await browser.open(f"/sites/new?unit={unit.id}")).chosen("unit_id") == [str(unit.id)]
    form = {"name": "Hội trường xã", "unit_id": str(unit.id), "address": "Số 1", "seats": "120", "valid_to": ""}
    page = await browser.send("/sites/new", form)
    assert page.location == f"/units/{unit.id}?done=site"
    text = (await browser.open("/sites?q=hoi+truong+xa")).text
    path = text.split('href="/sites/')[2].split('"')[0] if text.count('href="/sites/') > 1 else ""
    path = path or text.rsplit('href="/sites/', 1)[1].split('"')[0]
    edit = await browser.open(f"/sites/{path}")
    assert (edit.value("name"), edit.value("seats")) == ("Hội trường xã", "120")
    assert (await browser.send(f"/sites/{path}", form | {"valid_to": "20/11/2026"})).status == 303
    assert "Hội trường xã" not in (await browser.open("/sites")).words
    assert "Hội trường xã" in (await browser.open("/sites?date=2026-11-20")).words
    assert "seats" in (await browser.send("/sites/new", form | {"seats": "nhiều"})).faults
    assert "name" in (await browser.send("/sites/new", form | {"name": ""})).faults
    assert "unit_id" in (await browser.send("/sites/new", form | {"unit_id": ""})).faults
    assert (await browser.open("/sites/999999")).status == 404


async def test_mailbox_of_a_unit_takes_addresses_alone(site: Site) -> None:
    unit = site.world.communes[0]
    browser = await site.sign_in("administrator")
    page = await browser.send(f"/units/{unit.id}/mailbox", {"email": "vanthu@ductrong\r\nBcc: x@evil.example"})
    assert page.status == 422
    assert "email" in page.faults
    good = "vanthu@ductrong.lamdong.gov.vn"
    assert (await browser.send(f"/units/{unit.id}/mailbox", {"email": good})).location == f"/units/{unit.id}?done=unit"
    assert good in (await browser.open(f"/units/{unit.id}")).words
    await browser.send(f"/units/{unit.id}/mailbox", {"email": ""})
    assert good not in (await browser.open(f"/units/{unit.id}")).text

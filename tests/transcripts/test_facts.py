"""What a meeting's head says: organs, notation, places, and who speaks for the chair."""

from collections.abc import Mapping

import pytest

from meetings.kinds import UnitKind
from meetings.meeting_store import get_meeting_by_id
from meetings.org_tree import OrgTree, UnitView
from meetings.printing.organs import abbreviate, name_parent_organ, name_town
from tests.factories import NOW, add_meeting, build_world, key
from transcripts import facts
from transcripts.models import Recording
from web.database import Database


def make_unit(number: int, name: str, kind: UnitKind, parent: int | None = None, short: str = "") -> UnitView:
    codes: Mapping[str, str] = {}
    return UnitView(number, name, short or name, kind, "province", "Cấp tỉnh", 1, parent, number, codes)


PROVINCE = make_unit(1, "Tỉnh Lâm Đồng", UnitKind.PEOPLE_COMMITTEE)
OFFICE = make_unit(2, "Văn phòng UBND tỉnh", UnitKind.OFFICE, 1)
FINANCE = make_unit(3, "Sở Tài chính", UnitKind.DEPARTMENT, 1)
DISTRICT = make_unit(4, "UBND huyện Lâm Hà", UnitKind.PEOPLE_COMMITTEE, 1, "Lâm Hà")
COUNCIL = make_unit(5, "Hội đồng nhân dân tỉnh", UnitKind.COUNCIL)
WARD = make_unit(6, "Phường 1", UnitKind.PEOPLE_COMMITTEE, 1)
TREE = OrgTree([WARD, PROVINCE, OFFICE, FINANCE, DISTRICT, COUNCIL])


@pytest.mark.parametrize(
    ("unit", "organ", "parent", "short", "town"),
    [
        (PROVINCE, "Ủy ban nhân dân tỉnh Lâm Đồng", "", "UBND", "Lâm Đồng"),
        (OFFICE, "Văn phòng UBND tỉnh", "Ủy ban nhân dân tỉnh Lâm Đồng", "VP", "Lâm Đồng"),
        (FINANCE, "Sở Tài chính", "Ủy ban nhân dân tỉnh Lâm Đồng", "STC", "Lâm Đồng"),
        (DISTRICT, "Ủy ban nhân dân huyện Lâm Hà", "", "UBND", "Lâm Hà"),
        (WARD, "Ủy ban nhân dân phường 1", "", "UBND", "Phường 1"),
        (COUNCIL, "Hội đồng nhân dân tỉnh", "", "HĐND", "Hội đồng nhân dân tỉnh"),
    ],
)
def test_organ_is_named_as_documents_name_it(unit: UnitView, organ: str, parent: str, short: str, town: str) -> None:
    assert unit.full_organ == organ
    assert name_parent_organ(unit, TREE) == parent
    assert abbreviate(unit) == short
    assert name_town(unit, TREE) == town


def test_spoken_names_lead_to_the_written_one() -> None:
    names = dict(facts.list_spoken_names(TREE))
    assert names["huyện lâm hà"] == "UBND huyện Lâm Hà"
    assert names["lâm hà"] == "UBND huyện Lâm Hà"
    assert names["ủy ban nhân dân huyện lâm hà"] == names["ubnd huyện lâm hà"] == "UBND huyện Lâm Hà"
    assert names["ủy ban nhân dân tỉnh lâm đồng"] == names["tỉnh lâm đồng"] == "UBND tỉnh Lâm Đồng"
    assert names["sở tài chính"] == "Sở Tài chính"


async def test_chair_speaks_with_the_own_account_or_else_from_the_hall(database: Database) -> None:
    async with database.write() as session:
        world = await build_world(session)
        meeting = await add_meeting(
            session, world.province, world.chair, world.secretary, world.communes, hall_id=key(world.hall)
        )
        bundle = await get_meeting_by_id(session, key(meeting))
    site = Recording(meeting_id=1, identity="a", speaker="Phòng họp", site_id=key(world.hall), path="a", started_at=NOW)
    other = Recording(
        meeting_id=1, identity="b", speaker="Xã Đức Trọng", site_id=key(world.sites[0]), path="b", started_at=NOW
    )
    own = Recording(
        meeting_id=1, identity="c", speaker="Trần Văn Hiệp", person_id=key(world.chair), path="c", started_at=NOW
    )
    assert facts.find_chair_speakers(bundle, [site, other]) == {"Phòng họp"}
    assert facts.find_chair_speakers(bundle, [site, other, own]) == {"Trần Văn Hiệp"}
    assert facts.find_chair_speakers(bundle, [other]) == frozenset()

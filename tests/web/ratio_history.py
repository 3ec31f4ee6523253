"""A month of meetings with a share of exactly 80 %, for tests of what is made of the indicator."""

from datetime import UTC, datetime

from meetings.indicator.facts import refresh_fact
from meetings.kinds import Mode
from meetings.models import Meeting, Target
from tests.browsing import Site
from tests.factories import add_ended_meeting, key

ENDED = datetime(2026, 10, 6, 3, tzinfo=UTC)


async def hold_history(site: Site) -> list[Meeting]:
    """Five meetings with the communes in October 2026: four online, one over another platform. The target is > 80 %."""
    world = site.world
    units = list(zip(world.communes, world.sites, strict=True))
    held = []
    async with site.database.write() as session:
        session.add(
            Target(
                upper_level="province",
                lower_level="commune",
                operator=">",
                value=80,
                valid_from=datetime(2025, 7, 1, tzinfo=UTC).date(),
            )
        )
        for channel in ("giaoban", "giaoban", "giaoban", "giaoban", "other"):
            meeting = await add_ended_meeting(
                session, world.province, world.chair, world.secretary, units, [Mode.ONLINE] * 3, ENDED, channel=channel
            )
            await refresh_fact(session, key(meeting))
            held.append(meeting)
    return held

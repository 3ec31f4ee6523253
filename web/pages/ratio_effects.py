"""What one meeting does to the indicator, told where the meeting itself is shown."""

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.indicator.fact_store import load_facts
from meetings.indicator.pairs import Fact
from meetings.kinds import Outcome, Rule
from meetings.meeting_store import MeetingBundle
from meetings.people_store import load_tree
from web.i18n import _


async def list_effects(session: AsyncSession, bundle: MeetingBundle, rule: Rule) -> list[tuple[str, str]]:
    """For each lower level that was invited: its name, and what the attendance makes of the meeting in the ratio."""
    tree = await load_tree(session, bundle.day)
    names = {unit.level: unit.level_name for unit in tree}
    facts = await load_facts(session, [bundle.id])
    return [(names[fact.lower], describe_effect(fact, rule)) for fact in facts.values()]


def describe_effect(fact: Fact, rule: Rule) -> str:
    online, attended = fact.online, fact.attended
    match fact.outcomes[rule]:
        case Outcome.RELAYED:
            return _("Không tính vào chỉ tiêu: tiếp sóng cuộc họp của {organ}.", organ=fact.relayed_from)
        case Outcome.EXCLUDED:
            return _("Không tính vào chỉ tiêu: cuộc họp thuộc trường hợp loại trừ.")
        case Outcome.UNATTENDED:
            return _("Không tính vào chỉ tiêu: không có đơn vị cấp dưới nào dự.")
        case Outcome.OTHER_CHANNEL:
            return _("Tính là không qua hệ thống: cuộc họp tổ chức trên hệ thống khác.")
        case Outcome.ONLINE:
            text = _("Tính là họp trực tuyến: {online}/{n} đơn vị dự qua hệ thống.", online=online, n=attended)
        case _:
            text = _("Tính là không trực tuyến: {online}/{n} đơn vị dự qua hệ thống.", online=online, n=attended)
    return text

"""What the booking form offers: units by level, their sites, halls, chairs and secretaries."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.clash_store import list_booked
from meetings.interval import Span
from meetings.kinds import EXCLUSIONS, UnitKind
from meetings.models import Person, Role, Site
from meetings.org_tree import OrgTree, UnitView
from meetings.people_store import list_levels, list_people, list_sites, load_tree
from meetings.permissions import Actor
from web.i18n import _, today
from web.layout import CLASSIFICATION_NAMES, FORM_NAMES, KIND_NAMES

FREE_HALLS = 5


@dataclass(frozen=True)
class UnitChoice:
    unit: UnitView
    sites: list[Site]
    parent: str  # the unit above, where it says more than the group does


@dataclass(frozen=True)
class UnitGroup:
    """Units of one level; ``code`` is the level's, ``other`` for those without one."""

    code: str
    name: str
    units: list[UnitChoice]


@dataclass(frozen=True)
class Choices:
    """Lists of (value, text) for the selects; ``groups`` for the invited units; ``tree`` holds the units of the day."""

    tree: OrgTree
    groups: list[UnitGroup]
    kinds: list[tuple[str, str]]
    forms: list[tuple[str, str]]
    classifications: list[tuple[str, str]]
    exclusions: list[tuple[str, str]]
    convening: list[tuple[int, str]]
    preparing: list[tuple[int, str]]  # who may prepare the content: units of the highest level, and the own ones
    chairs: list[tuple[int | None, str]]
    secretaries: list[tuple[int | None, str]]
    halls: list[tuple[int | None, str]]
    near_halls: list[Site]  # of the units this person books for
    sites: list[tuple[int | None, str]]  # all, for a unit that sits at another one's
    default_convening: str


async def load_choices(session: AsyncSession, actor: Actor, day: date | None, now: datetime) -> Choices:
    """The choices as of the meeting's day (of today while there is none)."""
    day = day or today(now)
    tree = await load_tree(session, day)
    sites = [site for site in await list_sites(session, day) if site.unit_id in tree]
    own = actions.own_units(actor, tree)
    convening_units = [unit for unit in tree if actor.has(Role.OFFICE) or unit.id in own]
    chairs = await list_people(session, role=Role.CHAIR)
    secretaries = {
        person.id: person for role in (Role.SECRETARY, Role.OFFICE) for person in await list_people(session, role=role)
    }
    near = near_unit_ids(tree, own)
    return Choices(
        tree=tree,
        groups=await group_units(session, tree, sites, day),
        kinds=[(kind.value, _(name)) for kind, name in KIND_NAMES.items()],
        forms=[(form.value, _(name)) for form, name in FORM_NAMES.items()],
        classifications=[(each.value, _(name)) for each, name in CLASSIFICATION_NAMES.items()],
        exclusions=[(code, _(name)) for code, name in EXCLUSIONS.items()],
        convening=[(unit.id, unit.organ) for unit in convening_units],
        preparing=[(unit.id, unit.organ) for unit in tree if unit.rank == 1 or unit.id in own],
        chairs=[(person.id, describe_person(person, tree)) for person in chairs],
        secretaries=[(key, describe_person(person, tree)) for key, person in secretaries.items()],
        halls=[(site.id, describe_site(site, tree)) for site in sort_halls(sites, tree, near)],
        near_halls=[site for site in sort_halls(sites, tree, near) if site.unit_id in near],
        sites=[(site.id, describe_site(site, tree)) for site in sort_halls(sites, tree, ())],
        default_convening=str(default_convening(tree, own, convening_units)),
    )


def near_unit_ids(tree: OrgTree, own: Collection[int]) -> set[int]:
    """The own units and what stands directly below them: where their halls are."""
    near = set(own)
    for unit_id in own:
        near.update(unit.id for unit in tree.children(unit_id) if unit.rank == tree[unit_id].rank)
    return near


def default_convening(tree: OrgTree, own: Collection[int], allowed: list[UnitView]) -> int | str:
    """The highest of the own units, which is the committee an office serves."""
    mine = sorted((tree[unit_id] for unit_id in own), key=lambda unit: (len(tree.path(unit.id)), unit.order))
    first = mine or allowed[:1]
    return first[0].id if first else ""


def describe_person(person: Person, tree: OrgTree) -> str:
    """``Nguyễn Văn A – Phó Chủ tịch, UBND tỉnh Lâm Đồng``"""
    unit = tree.get(person.unit_id)
    about = ", ".join(part for part in (person.position, name_organ(unit) if unit else "") if part)
    return f"{person.full_name} – {about}" if about else person.full_name


def describe_site(site: Site, tree: OrgTree) -> str:
    unit = tree.get(site.unit_id)
    if unit is None or unit.short_name.casefold() in site.name.casefold():
        return site.name
    return f"{site.name} – {name_organ(unit)}"


def name_organ(unit: UnitView) -> str:
    """What the people of a unit call it: a committee in full, others in short."""
    return unit.organ if unit.kind is UnitKind.PEOPLE_COMMITTEE else unit.short_name


def sort_halls(sites: list[Site], tree: OrgTree, near: Collection[int]) -> list[Site]:
    """The halls of the own units first, then all in official order."""
    return sorted(sites, key=lambda site: (site.unit_id not in near, tree[site.unit_id].order, site.name))


async def group_units(session: AsyncSession, tree: OrgTree, sites: list[Site], day: date) -> list[UnitGroup]:
    by_unit: dict[int, list[Site]] = defaultdict(list)
    for site in sites:
        by_unit[site.unit_id].append(site)
    levels = [(level.code, level.name) for level in await list_levels(session, day)]
    groups = []
    for code, name in [*levels, ("", _("Đơn vị khác"))]:
        units = [UnitChoice(unit, by_unit[unit.id], describe_parent(unit, tree)) for unit in tree.at_level(code)]
        if units:
            groups.append(UnitGroup(code or "other", name, units))
    return groups


def describe_parent(unit: UnitView, tree: OrgTree) -> str:
    parent = tree.get(unit.parent_id)
    return parent.short_name if parent is not None and len(tree.roots) > 1 else ""


async def list_free_halls(session: AsyncSession, choices: Choices, span: Span) -> list[str]:
    """Halls of the own units that nothing takes within ``span``: what to change a clashing booking to."""
    booked = await list_booked(session, span)
    taken = {each.hall_id for each in booked if each.span.overlaps(span)}
    taken |= {site_id for each in booked if each.span.overlaps(span) for site_id in each.site_ids}
    return [site.name for site in choices.near_halls if site.id not in taken][:FREE_HALLS]

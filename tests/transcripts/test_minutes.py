"""The content of minutes: what it takes, what it refuses, and that JSON brings it back unchanged."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.errors import Invalid
from transcripts.minutes import (
    FORMS,
    MODES,
    Attendance,
    Conclusion,
    Content,
    Gap,
    Officer,
    Section,
    Statement,
    Vote,
    canonical_json,
    sha256,
)

START = datetime(2025, 6, 20, 1, 0, tzinfo=UTC)
END = START + timedelta(hours=1)


def lists(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(items, max_size=2).map(tuple)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
instants = st.timedeltas(timedelta(), timedelta(days=36_500)).map(lambda time: datetime(2000, 1, 1, tzinfo=UTC) + time)
counts = st.none() | st.integers(0, 1_000_000)
ids = st.lists(st.integers(0, 2**40), max_size=3).map(tuple)
officers = st.builds(Officer, texts, texts)
attendances = st.builds(
    Attendance,
    texts,
    texts,
    st.sampled_from(MODES),
    counts,
    st.none() | instants,
    st.none() | instants,
    texts,
    lists(texts),
)
statements = st.builds(Statement, texts, texts, st.none() | instants, ids, texts)
sections = st.builds(Section, texts, texts, texts, st.lists(statements, max_size=2).map(tuple))
votes = st.builds(Vote, texts, counts, counts, counts, texts, ids)
conclusions = st.builds(
    Conclusion, texts, texts, st.none() | st.dates(), ids, st.lists(texts, max_size=3).map(tuple), texts
)
gaps = st.builds(lambda a, b, why: Gap(min(a, b), max(a, b), why), instants, instants, texts)


contents = st.builds(
    lambda a, b, **rest: Content(started_at=min(a, b), ended_at=max(a, b), **rest),
    instants,
    instants,
    title=texts.map(lambda text: f"Họp {text}"),
    kind=texts,
    form=st.sampled_from(FORMS),
    organ=texts,
    parent_organ=texts,
    notation=texts,
    number=texts,
    places=lists(texts),
    chair=officers,
    secretary=officers,
    attendance=lists(attendances),
    sections=lists(sections),
    votes=lists(votes),
    conclusions=lists(conclusions),
    gaps=lists(gaps),
    recipients=lists(texts),
)


def make_content(**values: Any) -> Content:
    defaults: dict[str, Any] = {
        "title": "Họp giao ban",
        "kind": "briefing",
        "form": "online",
        "organ": "Ủy ban nhân dân tỉnh Lâm Đồng",
        "parent_organ": "",
        "notation": "BB-UBND",
        "number": "",
        "started_at": START,
        "ended_at": END,
        "places": ("Phòng họp số 1",),
        "chair": Officer("Trần Quang Hải", "Chủ tịch"),
        "secretary": Officer("Nguyễn Thị Minh Thư", "Chuyên viên"),
        "attendance": (Attendance("Huyện Lâm Hà", "Điểm cầu huyện Lâm Hà", "online", 9, START, END),),
        "sections": (Section("Chuyển đổi số", statements=(Statement("Huyện Lâm Hà", "Đạt 82%.", START, (1,)),)),),
        "votes": (Vote("Kết luận", 27, 0, None, "27 đồng chí nhất trí.", (2,)),),
        "conclusions": (Conclusion("Giao Sở Nội vụ báo cáo.", "Sở Nội vụ", date(2025, 6, 30), (3,)),),
        "gaps": (Gap(START, START + timedelta(minutes=1), "outage"),),
    }
    return Content(**(defaults | values))


@given(contents)
def test_content_comes_back_from_json_unchanged(content: Content) -> None:
    assert Content.from_json(json.loads(canonical_json(content))) == content
    assert Content.from_json(content.to_json()) == content


@given(contents)
def test_hash_is_of_the_content_not_of_the_order_of_keys(content: Content) -> None:
    shuffled = dict(reversed(content.to_json().items()))
    assert sha256(Content.from_json(shuffled)) == sha256(content)


def test_names_stand_in_json_only_where_there_are_any() -> None:
    plain = make_content()
    named = replace(plain, attendance=(replace(plain.attendance[0], names=("Ka Thị Hoa",)),))
    assert named.to_json()["attendance"][0]["names"] == ["Ka Thị Hoa"]
    assert Content.from_json(named.to_json()) == named
    assert "names" not in plain.to_json()["attendance"][0]
    assert sha256(named) != sha256(plain)


def test_helpers_and_product_of_a_conclusion_stand_in_json_only_where_there_are_any() -> None:
    plain = make_content()
    (conclusion,) = plain.conclusions
    helped = replace(conclusion, supporting=("Sở Tài chính",), product="báo cáo")
    written = replace(plain, conclusions=(helped,)).to_json()["conclusions"][0]
    assert (written["supporting"], written["product"]) == (["Sở Tài chính"], "báo cáo")
    assert not {"supporting", "product"} & plain.to_json()["conclusions"][0].keys()


def test_json_has_the_agreed_names() -> None:
    told = make_content().to_json()
    assert list(told) == [
        *("title", "kind", "form", "organ", "parent_organ", "notation", "number", "started_at", "ended_at", "places"),
        *("chair", "secretary", "attendance", "sections", "votes", "conclusions", "gaps", "recipients"),
    ]
    assert told["started_at"] == "2025-06-20T01:00:00Z"
    assert list(told["attendance"][0]) == ["unit", "site", "mode", "head_count", "first_in", "last_out", "note"]
    assert list(told["sections"][0]) == ["title", "presenter", "summary", "statements"]
    assert list(told["sections"][0]["statements"][0]) == ["speaker", "text", "starts_at", "segments", "suspect"]
    assert list(told["votes"][0]) == ["subject", "for", "against", "abstain", "text", "segments"]
    assert told["conclusions"][0]["due"] == "2025-06-30"
    assert list(told["gaps"][0]) == ["from", "to", "reason"]


def test_canonical_json_is_sorted_tight_and_readable() -> None:
    text = canonical_json(make_content())
    assert text.startswith('{"attendance":[{"first_in":')
    assert "Ủy ban nhân dân" in text
    assert ", " not in text.replace("Nguyễn Thị", "")


def test_instant_of_another_zone_is_the_same_instant() -> None:
    told = make_content().to_json()
    told["started_at"] = "2025-06-20T08:00:00+07:00"
    assert Content.from_json(told) == make_content()
    local = START.astimezone(timezone(timedelta(hours=7)))
    assert make_content(started_at=local).to_json()["started_at"] == "2025-06-20T01:00:00Z"


WRONG: list[tuple[str, Any, str]] = [
    ("title", "  ", "title"),
    ("title", 3, "title"),
    ("title", "x" * 301, "title"),
    ("title", "a\0b", "title"),
    ("form", "by_letter", "form"),
    ("started_at", "2025-06-20T01:00:00", "started_at"),
    ("started_at", "yesterday", "started_at"),
    ("started_at", None, "started_at"),
    ("started_at", "0001-01-01T00:00:00+14:00", "started_at"),
    ("ended_at", "9999-12-31T23:59:59Z", "ended_at"),
    ("ended_at", "9999-12-31T23:59:59-12:00", "ended_at"),
    ("ended_at", "2025-06-20T00:59:00Z", "ended_at"),
    ("places", "Phòng họp", "places"),
    ("places", [1], "places.0"),
    ("chair", None, "chair"),
    ("chair", {"name": "A"}, "chair.position"),
    ("attendance", [{"unit": "A"}], "attendance.0.site"),
    ("votes", [{**make_content().to_json()["votes"][0], "for": -1}], "votes.0.for"),
    ("votes", [{**make_content().to_json()["votes"][0], "for": True}], "votes.0.for"),
    ("votes", [{**make_content().to_json()["votes"][0], "extra": 1}], "votes.0.extra"),
    ("conclusions", [{**make_content().to_json()["conclusions"][0], "due": "30/6/2025"}], "conclusions.0.due"),
    ("conclusions", [{**make_content().to_json()["conclusions"][0], "segments": ["1"]}], "conclusions.0.segments.0"),
    ("gaps", [{"from": "2025-06-20T01:00:00Z", "to": "2025-06-20T00:00:00Z", "reason": ""}], "gaps.0.to"),
    ("sections", [{**make_content().to_json()["sections"][0], "statements": {}}], "sections.0.statements"),
]


@pytest.mark.parametrize(("name", "value", "path"), WRONG)
def test_wrong_value_is_refused_with_its_path(name: str, value: Any, path: str) -> None:
    told = make_content().to_json()
    told[name] = value
    with pytest.raises(Invalid) as refused:
        Content.from_json(told)
    assert refused.value.field == path


def test_missing_and_unknown_fields_are_refused() -> None:
    told = make_content().to_json()
    del told["votes"]
    with pytest.raises(Invalid) as missing:
        Content.from_json(told)
    assert missing.value.field == "votes"
    with pytest.raises(Invalid) as unknown:
        Content.from_json(make_content().to_json() | {"approved": True})
    assert unknown.value.field == "approved"


@pytest.mark.parametrize("value", [None, [], "{}", 1])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(Invalid):
        Content.from_json(value)


def test_any_change_changes_the_hash() -> None:
    content = make_content()
    changed = [replace(content, number="05"), replace(content, recipients=("Lưu: VT",)), replace(content, form="")]
    assert len({sha256(content), *map(sha256, changed)}) == 4

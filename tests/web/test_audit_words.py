"""Every action that the program notes has its words."""

import re
from pathlib import Path

import pytest

from signaling.room import _ACTS
from web import i18n
from web.pages.audit_words import ACTIONS, GROUPS, action_name, list_choices, subject_name

ROOT = Path(__file__).parents[2]
WRITTEN = re.compile(r"(?:write_entry|_audit|_save|note_\w+|note)\((?:[^()]|\([^()]*\))*?\"([a-z_]+\.[a-z_]+)\"")


@pytest.fixture(autouse=True)
def vietnamese() -> None:
    i18n.use_locale("vi")


def test_every_action_written_has_its_words() -> None:
    sources = [path for package in ("meetings", "transcripts", "web") for path in (ROOT / package).rglob("*.py")]
    written = {code for path in sources for code in WRITTEN.findall(path.read_text(encoding="utf-8"))}
    assert len(written) > 20
    assert written <= set(ACTIONS)


def test_every_action_stands_in_one_group() -> None:
    offered = [code for _group, choices in list_choices() for code, _name in choices if code not in GROUPS]
    assert sorted(offered) == sorted(ACTIONS)


def test_every_act_on_the_chairs_behalf_has_its_words() -> None:
    assert {f"behalf.{vars(request)['type']}" for request in _ACTS} <= set(ACTIONS)


def test_action_and_subject_are_said_in_words() -> None:
    assert action_name("meeting.book") == "Đặt lịch họp"
    assert subject_name("meeting:12") == "Cuộc họp số 12"


def test_code_without_words_stays_as_it_is() -> None:
    assert action_name("moon.rise") == "moon.rise"
    assert subject_name("moon:1") == "moon:1"
    assert subject_name("") == ""

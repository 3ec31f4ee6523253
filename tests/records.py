"""A meeting that was held, recorded and transcribed: the fixture voices with their true sentences as its transcript."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from factories import NOW, World, add_ended_meeting, add_presence, key
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.models import AgendaItem, Meeting, Mode
from transcripts.actions import write_draft
from transcripts.audio import Track, mix_tracks
from transcripts.models import Minutes, Recording, RecordingSpan, RecordingState, Segment

SPEECH = Path(__file__).parent / "speech"
AGENDA = (
    ("Kết quả giải ngân vốn đầu tư công", "Điểm cầu Lâm Hà"),
    ("Tiến độ các dự án trọng điểm", "Điểm cầu Đức Trọng"),
)


async def add_recorded_meeting(session: AsyncSession, world: World, **values: Any) -> Meeting:
    """Yesterday's meeting of the world's province and communes with its three recordings and all their segments.

    The chair spoke at the hall, the first two communes at their sites; the third was absent. No minutes yet.
    """
    ended = values.pop("ended_at", NOW - timedelta(hours=20))
    meeting = await add_ended_meeting(
        session,
        world.province,
        world.chair,
        world.secretary,
        list(zip(world.communes, world.sites, strict=True)),
        [Mode.ONLINE, Mode.ONLINE, Mode.ABSENT],
        ended,
        hall_id=world.hall.id,
        title="Họp giao ban trực tuyến tháng 11 năm 2026",
        **values,
    )
    start = meeting.started_at or ended
    for position, (title, presenter) in enumerate(AGENDA, 1):
        session.add(AgendaItem(meeting_id=key(meeting), position=position, title=title, presenter=presenter))
    for unit, site in zip(world.communes[:2], world.sites[:2], strict=True):
        await add_presence(session, meeting, start, ended, unit=unit, site=site)
    session.add(RecordingSpan(meeting_id=key(meeting), started_at=start, started_by="Trần Văn Hiệp", ended_at=ended))
    await _add_speech(session, world, meeting, start)
    return meeting


async def _add_speech(session: AsyncSession, world: World, meeting: Meeting, start: datetime) -> None:
    truth = json.loads((SPEECH / "truth.json").read_text())
    for name, site in zip(truth["tracks"], (world.hall, *world.sites), strict=False):
        recording = Recording(
            meeting_id=key(meeting),
            identity=f"site:{key(site)}",
            speaker=site.name,
            site_id=key(site),
            unit_id=site.unit_id,
            path=f"{meeting.slug}/{name}",
            started_at=start,
            ended_at=start + timedelta(seconds=truth["duration"]),
            state=RecordingState.TRANSCRIBED,
        )
        session.add(recording)
        await session.flush()
        for number, turn in enumerate(turn for turn in truth["turns"] if turn["track"] == name):
            session.add(
                Segment(
                    meeting_id=key(meeting),
                    recording_id=key(recording),
                    starts_at=start + timedelta(seconds=turn["start"]),
                    ends_at=start + timedelta(seconds=turn["end"]),
                    text=turn["text"],
                    suspect="low_confidence" if number == 1 and site is not world.hall else "",
                )
            )
    await session.flush()


async def add_minutes(session: AsyncSession, world: World, **values: Any) -> Minutes:
    """The draft that the rules make of ``add_recorded_meeting``."""
    meeting = await add_recorded_meeting(session, world, **values)
    return await write_draft(session, key(meeting), NOW - timedelta(hours=19))


def write_mix(folder: Path, slug: str) -> Path:
    """The mixed sound of the three voices where the player looks for it."""
    target = folder / "recordings" / slug / "mix.webm"
    mix_tracks([Track(file, 0.0) for file in sorted(SPEECH.glob("meeting-*.ogg"))], target)
    return target

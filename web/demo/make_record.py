"""Remake ``web/demo/recorded``: one short meeting, heard by the real pipeline, for people who have no model yet.

    python web/demo/make_record.py

Gate, voice detector, Whisper (the fixture of ``tests/speech``), guard, timeline, draft and mix are those of the worker;
only the facts of the meeting are written down here. ``record.json`` holds

- ``tracks``: ``site``, ``file``, ``started_at_offset_s`` (seconds from the meeting's start), ``duration_s``;
- ``segments``: ``track`` (index), ``start`` and ``end`` (seconds of its file), ``text``, ``suspect``, ``confidence``;
- ``minutes``: the content of the draft, in which ``segments`` are indexes of the list above.
"""

import json
import shutil
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from transcripts.audio import RATE, Track, mix_tracks, read_blocks  # noqa: E402 - the path comes first
from transcripts.drafting import AgendaPoint, MeetingFacts, draft_minutes  # noqa: E402 - likewise
from transcripts.engines.loading import WhisperSettings, load_engine  # noqa: E402 - likewise
from transcripts.minutes import Attendance, Officer  # noqa: E402 - likewise
from transcripts.speech import Spoken, Transcriber, transcribe_blocks  # noqa: E402 - likewise
from transcripts.timeline import Utterance, merge_speakers  # noqa: E402 - likewise
from web.demo.people import ACCOUNTS, CHAIRS, MAIN_HALL, SECRETARY  # noqa: E402 - likewise

SOURCE = ROOT / "tests/speech"
TARGET = ROOT / "web/demo/recorded"
STARTED_AT = datetime(2025, 6, 20, 1, 0, tzinfo=UTC)  # 08:00 in the province
ENDED_AT = STARTED_AT + timedelta(minutes=2)
SITES = {
    MAIN_HALL.name: "meeting-province.ogg",
    "Điểm cầu huyện Lâm Hà": "meeting-lamha.ogg",
    "Điểm cầu huyện Đức Trọng": "meeting-ductrong.ogg",
}
HALL, LAM_HA, DUC_TRONG = SITES
OFFSET = 0.0  # the recording was on from the first second
DEPARTMENT = "Sở Thông tin và Truyền thông"


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    engine = load_engine(WhisperSettings(str(SOURCE / "tiny-vi-ct2")))
    tracks, heard = [], []
    for site, name in SITES.items():
        shutil.copyfile(SOURCE / name, TARGET / name)
        spoken, seconds = listen(engine, TARGET / name)
        tracks.append({"site": site, "file": name, "started_at_offset_s": OFFSET, "duration_s": round(seconds, 3)})
        heard.append(spoken)
    segments = [{"track": track, **asdict(piece)} for track, spoken in enumerate(heard) for piece in spoken]
    minutes = draft_minutes(gather_facts(), place(segments)).to_json()
    record = {"tracks": tracks, "segments": segments, "minutes": minutes}
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    (TARGET / "record.json").write_text(text, encoding="utf-8")
    mix_tracks([Track(TARGET / name, 0.0) for name in SITES.values()], TARGET / "mix.webm")


def listen(engine: Transcriber, path: Path) -> tuple[list[Spoken], float]:
    blocks = list(read_blocks(path))
    return list(transcribe_blocks(engine, blocks)), sum(map(len, blocks)) / RATE


def place(segments: list[dict[str, object]]) -> tuple[Utterance, ...]:
    """The segments on the meeting's clock, numbered by their place in the list."""
    sites = list(SITES)
    tracks: list[list[Utterance]] = [[] for _ in sites]
    for number, segment in enumerate(segments):
        track = int(str(segment["track"]))
        start, end = (STARTED_AT + timedelta(seconds=OFFSET + float(str(segment[name]))) for name in ("start", "end"))
        tracks[track].append(Utterance(sites[track], start, end, str(segment["text"]), str(segment["suspect"]), number))
    return merge_speakers(tracks)


def find_officer(username: str) -> Officer:
    account = next(account for account in ACCOUNTS if account.username == username)
    return Officer(account.name, account.position)


def gather_facts() -> MeetingFacts:
    return MeetingFacts(
        title="Họp giao ban trực tuyến về chuyển đổi số và giải ngân đầu tư công",
        kind="briefing",
        form="online",
        organ="Ủy ban nhân dân tỉnh Lâm Đồng",
        parent_organ="",
        notation="BB-UBND",
        started_at=STARTED_AT,
        ended_at=ENDED_AT,
        today=date(2025, 6, 20),
        places=(
            f"Điểm cầu chính: {HALL}, {MAIN_HALL.address}",
            f"{LAM_HA}, Trụ sở UBND huyện Lâm Hà",
            f"{DUC_TRONG}, Trụ sở UBND huyện Đức Trọng",
        ),
        chair=find_officer(CHAIRS[0]),
        secretary=find_officer(SECRETARY),
        attendance=(
            Attendance("Huyện Lâm Hà", LAM_HA, "online", 9, STARTED_AT, ENDED_AT),
            Attendance("Huyện Đức Trọng", DUC_TRONG, "online", 7, STARTED_AT, ENDED_AT),
        ),
        agenda=(
            AgendaPoint("Kết quả chuyển đổi số của huyện Lâm Hà", "Huyện Lâm Hà"),
            AgendaPoint("Kết quả giải ngân đầu tư công của huyện Đức Trọng", "Huyện Đức Trọng"),
        ),
        recipients=("Như thành phần tham dự",),
        chair_speakers=frozenset({HALL}),
        units=(
            ("sở thông tin và truyền thông", DEPARTMENT),
            ("huyện lâm hà", "UBND huyện Lâm Hà"),
            ("huyện đức trọng", "UBND huyện Đức Trọng"),
        ),
    )


if __name__ == "__main__":
    main()

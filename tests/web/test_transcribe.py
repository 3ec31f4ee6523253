"""``giaoban transcribe`` as people and scripts run it: real processes, real files, odd names."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jiwer
import pytest

from tests.sound import (
    CHECKPOINT,
    MODEL,
    RATE,
    SPEECH,
    TRACKS,
    TRUTH,
    fold,
    make_tone,
    read_samples,
    reference,
    write_sound,
)
from web.commands.transcribe import find_kept

ROOT = Path(__file__).resolve().parent.parent.parent
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("GIAOBAN_")}
SHORT = SPEECH / "meeting-ductrong.ogg"


def run(*arguments: str | bytes | Path, cwd: Path | None = None, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a folder with nothing in it, without settings, database or terminal."""
    return subprocess.run(
        [sys.executable, "-m", "web", "transcribe", *arguments],
        cwd=cwd,
        env=CLEAN | {"PYTHONPATH": str(ROOT)} | settings,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def test_command_imports_nothing_of_the_others() -> None:
    asked = [sys.executable, "-X", "importtime", "-m", "web", "transcribe", "--help"]
    done = subprocess.run(asked, cwd=ROOT, env=CLEAN, capture_output=True, text=True, timeout=120, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "transcripts.audio" in imported
    assert imported.isdisjoint({"aiohttp", "aiortc", "alembic", "sqlmodel", "web.app"})


def test_meeting_becomes_json_with_every_speaker_right(tmp_path: Path) -> None:
    named = [f"{speaker}={SPEECH / track}" for track, speaker in TRACKS.items()]
    done = run(*named, "--model", MODEL, "--format", "json", cwd=tmp_path)
    assert done.returncode == 0
    entries = json.loads(done.stdout)
    assert all(list(entry) == ["speaker", "start", "end", "text", "suspect"] for entry in entries)
    assert [entry["start"] for entry in entries] == sorted(entry["start"] for entry in entries)
    assert [entry["speaker"] for entry in entries] == [turn["participant"] for turn in TRUTH["turns"]]
    for entry, turn in zip(entries, TRUTH["turns"], strict=True):
        assert (entry["start"], entry["end"]) == pytest.approx((turn["start"], turn["end"]), abs=0.25)
        assert entry["suspect"] is False
    said = [fold(" ".join(e["text"] for e in entries if e["speaker"] == TRACKS[track])) for track in TRACKS]
    assert jiwer.wer([reference(track) for track in TRACKS], said) <= 0.03
    assert list(tmp_path.iterdir()) == []  # no database, no cache
    assert b"\r" not in done.stderr  # no progress bar where nobody looks


def test_name_left_out_is_the_stem_and_json_is_the_default(tmp_path: Path) -> None:
    done = run(SHORT, "--model", MODEL, "--window", "utterance", cwd=tmp_path)
    assert {entry["speaker"] for entry in json.loads(done.stdout)} == {"meeting-ductrong"}


def test_model_may_come_from_the_setting(tmp_path: Path) -> None:
    done = run(SHORT, "--format", "txt", cwd=tmp_path, GIAOBAN_WHISPER_MODEL=str(MODEL))
    assert done.stdout.decode().splitlines()[0] == "[00:00:35] meeting-ductrong: Kính thưa các đồng chí."


def test_vtt_is_a_caption_file(tmp_path: Path) -> None:
    done = run(f"A & B={SHORT}", "--model", MODEL, "--format", "vtt", cwd=tmp_path)
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "WEBVTT"
    assert lines[3] == "<v A &amp; B>Kính thưa các đồng chí."


def test_settings_that_concern_others_do_not_matter(tmp_path: Path) -> None:
    done = run(SHORT, "--model", MODEL, cwd=tmp_path, GIAOBAN_PORT="no number", GIAOBAN_DATABASE_URL="nonsense://")
    assert done.returncode == 0


NAMES = [
    b"a b  c ",
    "Điểm cầu “Lâm Hà” 🎤".encode(),
    "\u0110ie\u0302\u0309m".encode(),  # decomposed: not folded into another form
    b"\xff\xfe latin \xe9",
    b"tab\there",
    b"two\nlines",
    b'"quoted" \\ {json}',
    b"<b>&amp;",
    b"[bold]rich[/bold]",
    b"C:\\x",
]


def test_names_come_back_byte_for_byte(tmp_path: Path) -> None:
    named = [name + b"=" + os.fsencode(SHORT) for name in NAMES]
    done = run(*named, "--model", MODEL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    entries = json.loads(done.stdout.decode("utf-8", "surrogateescape"))
    assert {entry["speaker"].encode("utf-8", "surrogateescape") for entry in entries} == set(NAMES)


def test_name_does_not_depend_on_the_locale(tmp_path: Path) -> None:
    done = run("Lâm Hà=".encode() + os.fsencode(SHORT), "--model", MODEL, cwd=tmp_path, LC_ALL="POSIX")
    assert {entry["speaker"] for entry in json.loads(done.stdout)} == {"Lâm Hà"}


def test_argument_splits_at_the_first_equals_sign(tmp_path: Path) -> None:
    shutil.copy(SHORT, tmp_path / "b=c.ogg")
    done = run("a=b=c.ogg", "--model", MODEL, cwd=tmp_path)
    assert {entry["speaker"] for entry in json.loads(done.stdout)} == {"a"}


def test_file_of_the_whole_name_is_not_split(tmp_path: Path) -> None:
    shutil.copy(SHORT, tmp_path / "a=b.ogg")
    write_sound(tmp_path / "b.ogg", make_tone(1), "libopus", 48_000)
    done = run("a=b.ogg", "--model", MODEL, cwd=tmp_path)
    assert {entry["speaker"] for entry in json.loads(done.stdout)} == {"a=b"}


def test_file_of_odd_bytes_names_its_speaker(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff h\xc3\xa0.ogg"
    shutil.copy(os.fsencode(SHORT), odd)
    done = run(odd, "--model", MODEL, cwd=tmp_path)
    entries = json.loads(done.stdout.decode("utf-8", "surrogateescape"))
    assert {entry["speaker"].encode("utf-8", "surrogateescape") for entry in entries} == {b"\xff h\xc3\xa0"}


def test_two_files_of_one_speaker_are_both_heard(tmp_path: Path) -> None:
    done = run(f"A={SHORT}", f"A={SPEECH / 'meeting-lamha.ogg'}", "--model", MODEL, cwd=tmp_path)
    assert Counter(entry["speaker"] for entry in json.loads(done.stdout)) == {"A": 11}


def test_full_disk_is_told_in_a_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "web", "transcribe", SHORT, "--model", MODEL],
            cwd=ROOT, env=CLEAN, stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == b"giaoban transcribe: cannot write the result (No space left on device)\n"


def test_silence_is_an_empty_list(tmp_path: Path) -> None:
    silence = write_sound(tmp_path / "s.wav", make_tone(3, level=0.0), "pcm_s16le")
    done = run(silence, "--model", MODEL, cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "voice.fifo"
    os.mkfifo(pipe)
    with subprocess.Popen(["cp", SHORT, pipe]) as writer:
        done = run(f"A={pipe}", "--model", MODEL, cwd=tmp_path)
        writer.wait()
    assert len(json.loads(done.stdout)) == 5


def test_cut_recording_gives_what_is_there(tmp_path: Path) -> None:
    data = SHORT.read_bytes()
    (tmp_path / "cut.ogg").write_bytes(data[: len(data) * 6 // 10])
    done = run(tmp_path / "cut.ogg", "--model", MODEL, cwd=tmp_path)
    entries = json.loads(done.stdout)
    assert done.returncode == 0
    assert 1 <= len(entries) < 5


BROKEN = {
    "empty": b"",
    "text": b"this is not a sound\n" * 200,
    "header": SHORT.read_bytes()[:40],
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_broken_file_is_bad_input(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.ogg").write_bytes(BROKEN[name])
    done = run(SHORT, f"B={tmp_path / 'x.ogg'}", "--model", MODEL, cwd=tmp_path)
    check_refused(done, "x.ogg")


def check_refused(done: subprocess.CompletedProcess[bytes], about: str) -> None:
    """Exit code 2, one clear line, nothing on standard output, no traceback."""
    assert (done.returncode, done.stdout) == (2, b"")
    assert about in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_missing_file_is_bad_input(tmp_path: Path) -> None:
    check_refused(run("A=nowhere.ogg", "--model", MODEL, cwd=tmp_path), "nowhere.ogg: there is no such file")


def test_folder_is_bad_input(tmp_path: Path) -> None:
    check_refused(run(tmp_path, "--model", MODEL, cwd=tmp_path), "folder")


def test_name_without_a_file_is_bad_input(tmp_path: Path) -> None:
    check_refused(run("A=", "--model", MODEL, cwd=tmp_path), "no file is named")


def test_missing_file_with_odd_bytes_is_told_without_them(tmp_path: Path) -> None:
    check_refused(run(b"A=\xff\x1b[2J.ogg", "--model", MODEL, cwd=tmp_path), "\\xff\\x1b[2J.ogg")


def test_name_too_long_for_a_file_is_bad_input(tmp_path: Path) -> None:
    check_refused(run("x" * 5000, "--model", MODEL, cwd=tmp_path), "no such file")


def test_no_file_and_no_model_are_bad_input(tmp_path: Path) -> None:
    check_refused(run("--model", MODEL, cwd=tmp_path), "NAME=FILE")
    check_refused(run(SHORT, cwd=tmp_path), "--model")


@pytest.mark.parametrize(("option", "value"), [("--format", "srt"), ("--window", "sentence"), ("--threads", "-1")])
def test_unknown_choice_is_bad_input(tmp_path: Path, option: str, value: str) -> None:
    check_refused(run(SHORT, "--model", MODEL, option, value, cwd=tmp_path), option)


def test_folder_without_tokenizer_is_bad_input(tmp_path: Path) -> None:
    for file in MODEL.iterdir():
        if file.name != "tokenizer.json":
            (tmp_path / file.name).symlink_to(file)
    check_refused(run(SHORT, "--model", tmp_path, cwd=tmp_path), "tokenizer.json")


def test_model_that_is_nowhere_is_bad_input(tmp_path: Path) -> None:
    check_refused(run(SHORT, "--model", tmp_path / "none", cwd=tmp_path), "none")
    check_refused(run(SHORT, "--model", "enormous", cwd=tmp_path), "enormous")


def test_sound_of_ten_seconds_keeps_its_times(tmp_path: Path) -> None:
    """Zero is the start of each file, whatever its container begins to count from."""
    part = read_samples(SHORT)[30 * RATE : 40 * RATE]
    path = write_sound(tmp_path / "part.ts", part, "aac", 48_000)
    (first, *_rest) = json.loads(run(path, "--model", MODEL, cwd=tmp_path).stdout)
    assert first["start"] == pytest.approx(35.1 - 30, abs=0.25)


def test_fetched_models_are_kept_in_the_data_folder_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_kept(None) is None
    assert find_kept(Path("elsewhere")) == Path("elsewhere/models")
    (tmp_path / "data").mkdir()
    assert find_kept(None) == Path("data/models")


def test_help_says_where_fetched_models_are_kept() -> None:
    told = run("--help", COLUMNS="200").stdout.decode()
    assert "GIAOBAN_DATA_DIR" in told
    assert "data/models" in told


@pytest.mark.openai
def test_checkpoint_of_the_other_engine_says_the_same(tmp_path: Path) -> None:
    ours = run(SHORT, "--model", MODEL, "--format", "txt", cwd=tmp_path)
    theirs = run(SHORT, "--model", CHECKPOINT, "--format", "txt", cwd=tmp_path, GIAOBAN_WHISPER_ENGINE="openai-whisper")
    assert theirs.returncode == 0, theirs.stderr.decode()
    assert theirs.stdout == ours.stdout
    refused = run(SHORT, "--model", CHECKPOINT, "--engine", "faster-whisper", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, b"")

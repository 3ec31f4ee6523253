"""``giaoban models check`` tells whether a model can be used, why not, and how fast it is."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.sound import MODEL
from transcripts.engines.checking import Checked
from web.__main__ import app
from web.commands.models import describe


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIAOBAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("GIAOBAN_WHISPER_THREADS", "1")


def test_model_that_loads_is_timed() -> None:
    done = CliRunner().invoke(app, ["models", "check", str(MODEL), "--json"])
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["usable"], told["engine"], told["device"], told["compute"]) == (True, "faster-whisper", "cpu", "int8")
    assert (told["window"], told["threads"]) == ("utterance", 1)
    assert told["speed"] > 0
    assert told["text"]


def test_model_of_the_settings_is_checked_without_an_argument(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIAOBAN_WHISPER_MODEL", str(tmp_path / "nowhere"))
    done = CliRunner().invoke(app, ["models", "check"])
    assert done.exit_code == 2
    assert "nowhere" in done.stdout


def test_model_that_does_not_load_says_why(tmp_path: Path) -> None:
    for file in MODEL.iterdir():
        if file.name != "tokenizer.json":
            (tmp_path / file.name).symlink_to(file)
    done = CliRunner().invoke(app, ["models", "check", str(tmp_path), "--json"])
    assert done.exit_code == 2
    told = json.loads(done.stdout)
    assert told["usable"] is False
    assert "tokenizer.json" in told["reason"]


def test_slow_machine_is_told() -> None:
    slow = Checked("m", "faster-whisper", "/m", "cpu", "int8", 1, "packed", 5, 1.0, 60.0, 120.0, 0.5, "")
    assert "an hour of speech takes 120 minutes" in describe(slow)
    assert "smaller model" in describe(slow)

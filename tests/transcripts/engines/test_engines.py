"""Both engines behind one protocol: found, loaded, refused with what to do, and asked the same."""

import socket
from pathlib import Path

import numpy as np
import pytest

from tests.sound import CHECKPOINT, ENGINES, MODEL, RATE, SPEECH, fold, read_samples
from transcripts.engines import faster, openai
from transcripts.engines.folders import find_model
from transcripts.engines.loading import WhisperSettings, choose_window, load_engine, locate_model
from transcripts.engines.tokens import CONTEXT, split_pieces
from transcripts.errors import ModelUnavailable
from transcripts.gate import Samples
from transcripts.packing import Timed
from transcripts.speech import BatchTranscriber, Prompt, TokenCounter, Transcriber

SENTENCE = (37.2, 40.8)  # "Kết quả giải ngân đầu tư công đạt sáu mươi lăm phần trăm."
SAID = "kết quả giải ngân đầu tư công đạt sáu mươi lăm phần trăm"


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Transcriber:
    return load_engine(WhisperSettings(str(request.param), threads=1, beams=2))


@pytest.fixture(scope="module")
def sentence() -> Samples:
    first, last = SENTENCE
    return read_samples(SPEECH / "meeting-ductrong.ogg")[round(first * RATE) : round(last * RATE)]


def test_answer_tells_all_that_the_guard_needs(engine: Transcriber, sentence: Samples) -> None:
    answer = engine.decode(sentence, Prompt())
    assert fold(answer.text) == SAID
    assert -0.5 < answer.log_probability < 0
    assert 0 <= answer.no_speech_probability < 0.5
    assert 10 < answer.tokens < answer.cap <= CONTEXT
    assert [fold(piece.text) for piece in answer.pieces] == [SAID]
    assert answer.pieces[0].end == pytest.approx(sentence.size / RATE, abs=0.5)


def test_silence_has_no_words(engine: Transcriber) -> None:
    assert engine.decode(np.zeros(5 * RATE, np.float32), Prompt()).text == ""


def test_names_before_the_window_take_from_the_room_for_its_answer(engine: Transcriber, sentence: Samples) -> None:
    assert isinstance(engine, TokenCounter)
    names = "Lâm Hà, Đức Trọng."
    plain, told = engine.decode(sentence, Prompt()), engine.decode(sentence, Prompt(names))
    assert fold(told.text) == SAID
    assert plain.cap - told.cap == engine.count_tokens(names) + 1


@pytest.mark.openai
def test_both_engines_hear_the_same(sentence: Samples) -> None:
    one, other = (
        load_engine(WhisperSettings(str(path), threads=1)).decode(sentence, Prompt()) for path in (MODEL, CHECKPOINT)
    )
    assert one.text == other.text
    assert one.log_probability == pytest.approx(other.log_probability, abs=0.1)
    assert one.tokens == other.tokens


def test_windows_together_are_heard_as_each_alone(engine: Transcriber, sentence: Samples) -> None:
    if not isinstance(engine, BatchTranscriber):
        assert isinstance(engine, openai.OpenaiWhisper)  # PyTorch gains nothing from it on processors
        return
    windows = [sentence, np.zeros(RATE, np.float32), sentence[: 2 * RATE]]
    together = engine.decode_batch(windows, Prompt())
    assert [answer.text for answer in together] == [engine.decode(one, Prompt()).text for one in windows]


def test_words_get_times_where_the_model_gives_none(
    engine: Transcriber, sentence: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(*_args: object) -> tuple[Timed, ...]:
        return ()

    for module in (faster, openai):
        monkeypatch.setattr(module, "split_pieces", forget)
        monkeypatch.setattr(module, "ALIGNED_FROM", 0)
    answer = engine.decode(sentence, Prompt())
    assert answer.pieces == ()
    assert fold("".join(word.text for word in answer.words)) == SAID
    starts = [word.start for word in answer.words]
    assert starts == sorted(starts)
    assert starts[-1] > sentence.size / RATE / 2


def test_silence_beside_speech_does_not_hinder_alignment(sentence: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faster, "ALIGNED_FROM", 0)
    monkeypatch.setattr(faster, "split_pieces", lambda *_args: ())
    engine = load_engine(WhisperSettings(str(MODEL), threads=1))
    assert isinstance(engine, BatchTranscriber)
    silent, spoken = engine.decode_batch([np.zeros(5 * RATE, np.float32), sentence], Prompt())
    assert (silent.text, silent.words) == ("", ())
    assert fold("".join(word.text for word in spoken.words)) == SAID


MARK, END = 1000, 900


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ([MARK, 1, 2, MARK + 100], [(0.0, 2.0, "1 2")]),
        ([MARK, 1, MARK + 50, MARK + 75, 2, MARK + 100], [(0.0, 1.0, "1"), (1.5, 2.0, "2")]),
        ([MARK, 1, MARK + 50, MARK + 50, 2], [(0.0, 1.0, "1"), (1.0, 9.0, "2")]),
        ([MARK, 1, 2], []),
        ([1, 2], []),
        ([MARK, MARK + 50], []),
        ([MARK, 1, MARK + 1400], [(0.0, 9.0, "1")]),
        ([], []),
    ],
)
def test_time_marks_cut_the_answer(tokens: list[int], expected: list[tuple[float, float, str]]) -> None:
    def decode(text: list[int]) -> str:
        return " ".join(map(str, text))

    assert [(one.start, one.end, one.text) for one in split_pieces(tokens, MARK, END, decode, 9.0)] == expected


def test_window_is_packed_except_for_a_toy(tmp_path: Path) -> None:
    toy = find_model(MODEL)
    assert choose_window(WhisperSettings(""), toy) == "utterance"
    assert choose_window(WhisperSettings("", window="packed"), toy) == "packed"
    for file in MODEL.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "model.bin").unlink()
    with (tmp_path / "model.bin").open("wb") as weights:
        weights.truncate(40_000_000)  # as tiny in int8
    assert choose_window(WhisperSettings(""), find_model(tmp_path)) == "packed"


@pytest.mark.parametrize("path", [MODEL, MODEL / "model.bin"])
def test_folder_or_its_file_names_a_model(path: Path) -> None:
    assert (find_model(path).kind, find_model(path).path) == ("ctranslate2", MODEL)


def test_folder_of_one_checkpoint_names_it(tmp_path: Path) -> None:
    (tmp_path / "small.pt").symlink_to(CHECKPOINT)
    assert find_model(tmp_path).path == tmp_path / "small.pt"


def test_model_of_transformers_is_to_be_converted(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").touch()
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match="ct2-transformers-converter --model"):
        find_model(tmp_path)


def test_broken_configuration_is_told(tmp_path: Path) -> None:
    for file in MODEL.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelUnavailable, match=r"config\.json"):
        find_model(tmp_path)


@pytest.mark.parametrize(
    "settings",
    [WhisperSettings(str(MODEL), engine="openai-whisper"), WhisperSettings(str(CHECKPOINT), engine="faster-whisper")],
)
def test_engine_that_cannot_read_the_model_is_refused(settings: WhisperSettings) -> None:
    with pytest.raises(ModelUnavailable, match="GIAOBAN_WHISPER_ENGINE"):
        locate_model(settings)


@pytest.mark.parametrize("path", ENGINES)
def test_card_that_is_not_there_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 0)
    if path == CHECKPOINT:
        monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ModelUnavailable, match="CUDA"):
        load_engine(WhisperSettings(str(path), device="cuda"))


@pytest.mark.parametrize("path", ENGINES)
def test_type_that_the_machine_cannot_calculate_with_is_told(path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="float32"):
        load_engine(WhisperSettings(str(path), device="cpu", compute="float16"))


def test_checkpoint_without_its_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "find_spec", lambda _name: None)
    with pytest.raises(ModelUnavailable, match="pip install"):
        load_engine(WhisperSettings(str(CHECKPOINT)))


@pytest.mark.openai
def test_broken_checkpoint_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "half.pt").write_bytes(CHECKPOINT.read_bytes()[:1000])
    with pytest.raises(ModelUnavailable, match=r"half\.pt"):
        load_engine(WhisperSettings(str(tmp_path / "half.pt")))


@pytest.mark.openai
def test_size_of_the_other_engine_without_network_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(ModelUnavailable, match="mạng kín"):
        load_engine(WhisperSettings("small", engine="openai-whisper", kept=tmp_path))
    with pytest.raises(ModelUnavailable, match="tiny"):
        load_engine(WhisperSettings("enormous", engine="openai-whisper", kept=tmp_path))


def test_no_model_is_told_how_to_set_one() -> None:
    with pytest.raises(ModelUnavailable, match="GIAOBAN_WHISPER_MODEL"):
        load_engine(WhisperSettings(""))


@pytest.mark.parametrize("missing", ["tokenizer.json", "model.bin", "config.json"])
def test_folder_without_a_needed_file_is_refused_with_the_reason(tmp_path: Path, missing: str) -> None:
    for file in MODEL.iterdir():
        if file.name != missing:
            (tmp_path / file.name).symlink_to(file)
    with pytest.raises(ModelUnavailable, match=missing):
        load_engine(WhisperSettings(str(tmp_path)))


def test_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="Không có thư mục"):
        find_model(tmp_path / "nowhere")
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(ModelUnavailable, match=r"\.pt"):
        find_model(tmp_path / "model.safetensors")


def test_broken_model_is_refused_with_the_reason(tmp_path: Path) -> None:
    for file in MODEL.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ModelUnavailable, match="không nạp được"):
        load_engine(WhisperSettings(str(tmp_path)))


def test_unknown_size_is_refused_without_asking_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(ModelUnavailable, match="tiny"):
        load_engine(WhisperSettings("enormous"))


def test_size_without_network_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(ModelUnavailable, match="mạng kín"):
        load_engine(WhisperSettings("small", kept=tmp_path))


def test_size_that_was_fetched_is_taken_from_its_folder_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    repository = tmp_path / "one" / "models--Systran--faster-whisper-small"
    (repository / "snapshots").mkdir(parents=True)
    (repository / "snapshots" / "a1").symlink_to(MODEL)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    load_engine(WhisperSettings("small", threads=1, kept=tmp_path / "one"))
    with pytest.raises(ModelUnavailable):
        load_engine(WhisperSettings("small", threads=1, kept=tmp_path / "two"))

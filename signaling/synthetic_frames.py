"""What synthetic sites say and show: real Opus and VP8 frames, made once and repeated, or taken from a recording."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from signaling.rtp import OPUS_CLOCK, SILENCE_DBOV

FRAME_SAMPLES = 960  # 20 ms
FRAMES_PER_SECOND = 15
LOOP_SECONDS = 4
MOST_SECONDS = 60  # of a recording
SOUND_BITRATE = 32_000
STAMP_BYTES = 8
_CODE_3, _ONE_PADDED_FRAME = 0x03, 0x41  # RFC 6716 section 3.2.5


@dataclass(frozen=True)
class SoundFrame:
    """20 ms of Opus; ``level`` in -dBov as RFC 6464 has it."""

    payload: bytes
    level: int


@dataclass(frozen=True)
class LayerShape:
    """One simulcast layer, smallest first."""

    rid: str
    width: int
    height: int
    bitrate: int


LAYERS = (
    LayerShape("l", 320, 180, 120_000),
    LayerShape("m", 640, 360, 400_000),
    LayerShape("h", 1280, 720, 1_200_000),
)


@dataclass(frozen=True)
class Layer:
    """The encoded frames of a layer. The first is a key frame, so the loop may begin again at any moment."""

    shape: LayerShape
    frames: tuple[bytes, ...]


class RecordingUnreadable(Exception):
    """The file holds nothing that could be sent; the text says why."""


@cache
def make_sound() -> tuple[SoundFrame, ...]:
    """Return four seconds of a voice-like sound: a low tone with overtones in syllables."""
    time = np.arange(OPUS_CLOCK * LOOP_SECONDS) / OPUS_CLOCK
    tone = sum(np.sin(2 * np.pi * 140 * k * time + k) / k for k in range(1, 9))
    syllables = 0.25 + 0.75 * np.sin(2 * np.pi * 1.75 * time) ** 2
    return _encode_sound((tone * syllables * 4500).astype(np.int16))


@cache
def make_pictures(layers: tuple[LayerShape, ...] = LAYERS) -> tuple[Layer, ...]:
    """Return four seconds of a bar that wanders over a moving ground, with a little noise as cameras have it."""
    noise = np.random.default_rng(3)
    return tuple(Layer(shape, _encode_pictures(shape, _draw(shape, noise))) for shape in layers)


def read_sound(path: Path) -> tuple[SoundFrame, ...]:
    """Return the first minute of a recording's sound. Raises ``RecordingUnreadable``."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=OPUS_CLOCK)
    pieces: list[Any] = []
    for frame in _decode(path, "audio"):
        pieces += [one.to_ndarray()[0] for one in resampler.resample(frame)]
        if sum(map(len, pieces)) >= MOST_SECONDS * OPUS_CLOCK:
            break
    if not pieces:
        raise RecordingUnreadable(f"{path}: no sound")
    return _encode_sound(np.concatenate(pieces))


def read_pictures(path: Path, layers: tuple[LayerShape, ...] = LAYERS) -> tuple[Layer, ...]:
    """Return the first seconds of a recording's picture in every layer. Raises ``RecordingUnreadable``."""
    kept: list[Any] = []
    for frame in _decode(path, "video"):
        if (frame.time or 0.0) * FRAMES_PER_SECOND >= len(kept):
            kept.append(frame)
        if len(kept) >= LOOP_SECONDS * FRAMES_PER_SECOND:
            break
    if not kept:
        raise RecordingUnreadable(f"{path}: no picture")

    def scale(shape: LayerShape) -> Iterator[Any]:
        for frame in kept:
            yield frame.reformat(shape.width, shape.height, format="yuv420p").to_ndarray()

    return tuple(Layer(shape, _encode_pictures(shape, scale(shape))) for shape in layers)


def _decode(path: Path, kind: str) -> Iterator[Any]:
    try:
        with av.open(str(path)) as container:
            streams = [one for one in container.streams if one.type == kind]
            yield from container.decode(streams[0]) if streams else ()
    except (av.FFmpegError, OSError, ValueError) as error:
        raise RecordingUnreadable(f"{path}: {error}") from error


def _encode_sound(samples: Any) -> tuple[SoundFrame, ...]:
    codec: Any = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format = OPUS_CLOCK, "mono", "s16"
    codec.bit_rate = SOUND_BITRATE
    codec.options = {"application": "voip", "frame_duration": "20", "fec": "1", "packet_loss": "10"}
    frames = []
    for start in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        piece = samples[start : start + FRAME_SAMPLES]
        frame = av.AudioFrame.from_ndarray(piece.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = OPUS_CLOCK, start
        frames += [SoundFrame(bytes(packet), measure_level(piece)) for packet in codec.encode(frame)]
    return tuple(frames)


def measure_level(samples: Any) -> int:
    """Return the level of 16-bit samples in -dBov, 127 for silence."""
    power = float(np.mean(np.square(samples.astype(np.float64)))) / 32768.0**2
    return SILENCE_DBOV if power <= 0 else int(min(SILENCE_DBOV, max(0, round(-10 * np.log10(power)))))


def _draw(shape: LayerShape, noise: Any) -> Iterator[Any]:
    rows, columns = np.mgrid[0 : shape.height, 0 : shape.width]
    ground = columns * 255 // shape.width + rows * 128 // shape.height
    count = LOOP_SECONDS * FRAMES_PER_SECOND
    for number in range(count):
        picture = np.full((shape.height * 3 // 2, shape.width), 128, np.uint8)
        grain = noise.integers(0, 8, (shape.height, shape.width))
        picture[: shape.height] = (ground + number * 4) % 256 // 2 + 64 + grain
        left = number * (shape.width - shape.width // 8) // count
        picture[shape.height // 3 : shape.height * 2 // 3, left : left + shape.width // 8] = 235
        yield picture


def _encode_pictures(shape: LayerShape, pictures: Iterator[Any]) -> tuple[bytes, ...]:
    codec: Any = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt, codec.bit_rate = shape.width, shape.height, "yuv420p", shape.bitrate
    codec.framerate, codec.time_base = FRAMES_PER_SECOND, Fraction(1, FRAMES_PER_SECOND)
    codec.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "error-resilient": "1", "g": "9999"}
    encoded: list[bytes] = []
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = number
        encoded += [bytes(packet) for packet in codec.encode(frame)]
    return tuple(encoded + [bytes(packet) for packet in codec.encode(None)])


def add_stamp(payload: bytes, stamp: bytes) -> bytes:
    """Return an Opus packet of one frame with eight bytes of padding that hold ``stamp``; decoders skip them."""
    if len(payload) < 2 or payload[0] & _CODE_3:
        return payload + stamp  # not a packet of ours: a decoder may stumble, a counter does not
    return bytes((payload[0] | _CODE_3, _ONE_PADDED_FRAME, STAMP_BYTES)) + payload[1:] + stamp

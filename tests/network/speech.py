"""What a microphone speaks, what a page hears, and how much of it is understood."""

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path

import av
import jiwer
import numpy as np
from playwright.async_api import Page

from tests.e2e.driving import SPEECH, Server, wait_for

RATE = 48_000
PAUSE_SECONDS = 0.45
ROOM_SECONDS = 0.15  # round each sentence: its first and last sounds are soft

# All that a page plays, whatever comes and goes, led into ``mixed``.
TAKE = """
  const context = new AudioContext();
  const taken = new Set();
  const take = () => {
    for (const { srcObject } of document.querySelectorAll("#sounds audio")) {
      for (const track of srcObject?.getAudioTracks() ?? []) {
        if (taken.has(track)) continue;
        taken.add(track);
        context.createMediaStreamSource(new MediaStream([track])).connect(mixed);
      }
    }
  };
  const timer = setInterval(take, 100);
"""
LISTEN = f"""() => {{
  {TAKE.replace("const taken", "const mixed = context.createAnalyser(); const taken")}
  const samples = new Float32Array(mixed.fftSize);
  globalThis.loud = [];
  setInterval(() => {{
    mixed.getFloatTimeDomainData(samples);
    if (samples.some((sample) => Math.abs(sample) > 0.05)) globalThis.loud.push(Date.now() / 1000);
  }}, 20);
}}"""
RECORD = f"""async (seconds) => {{
  {TAKE.replace("const taken", "const mixed = context.createMediaStreamDestination(); const taken")}
  const recorder = new MediaRecorder(mixed.stream, {{ audioBitsPerSecond: 96000 }});
  const parts = [];
  recorder.ondataavailable = ({{ data }}) => parts.push(data);
  const stopped = new Promise((done) => (recorder.onstop = done));
  recorder.start();
  await new Promise((done) => setTimeout(done, seconds * 1000));
  recorder.stop();
  await stopped;
  clearInterval(timer);
  const octets = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(octets, (octet) => String.fromCharCode(octet)).join(""));
}}"""


@dataclass(frozen=True)
class Speech:
    """A recording of ``tests/speech`` without its long pauses."""

    path: Path
    text: str
    seconds: float


def write_speech(track: str, lead: float, folder: Path) -> Speech:
    """A WAV for a microphone: ``lead`` seconds of silence, then each sentence of the track, a short pause apart."""
    turns = [turn for turn in json.loads((SPEECH / "truth.json").read_text())["turns"] if turn["track"] == track]
    samples = read_samples(SPEECH / track)
    parts = [np.zeros(int(lead * RATE), np.int16)]
    for turn in turns:
        start, end = (int(at * RATE) for at in (turn["start"] - ROOM_SECONDS, turn["end"] + ROOM_SECONDS))
        parts += [samples[max(start, 0) : end], np.zeros(int(PAUSE_SECONDS * RATE), np.int16)]
    spoken = np.concatenate(parts)
    path = folder / f"{track}.wav"
    with av.open(str(path), "w") as target:
        stream = target.add_stream("pcm_s16le", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(spoken[None, :], format="s16", layout="mono")
        frame.sample_rate = RATE
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return Speech(path, " ".join(turn["text"] for turn in turns), len(spoken) / RATE)


def read_samples(path: Path) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as source:
        parts = [out.to_ndarray()[0] for frame in source.decode(audio=0) for out in resampler.resample(frame)]
    return np.concatenate(parts)


async def record_page(page: Page, seconds: float, path: Path) -> Path:
    """Everything that the page hears for so long."""
    path.write_bytes(base64.b64decode(await page.evaluate(RECORD, seconds)))
    return path


async def listen(page: Page) -> None:
    """Begin to note when the page plays something."""
    await page.evaluate(LISTEN)


async def hear(page: Page, since: float, within: float) -> float:
    """Wait until the page plays something after the instant ``since``; return how long after."""
    first = "(since) => globalThis.loud.find((at) => at > since) ?? 0"

    async def find() -> float:
        return float(await page.evaluate(first, since))

    at: float = await wait_for(find, within)
    return at - since


async def measure_wer(server: Server, speech: Speech, **paths: Path) -> dict[str, float]:
    """The share of words that the model of the tests gets wrong in each, as ``giaoban transcribe`` writes them."""
    named = [f"{name}={path}" for name, path in paths.items()]
    parts = json.loads(await server.run("transcribe", *named, "--model", str(SPEECH / "tiny-vi-ct2")))
    heard = {name: " ".join(part["text"] for part in parts if part["speaker"] == name) for name in paths}
    return {name: float(jiwer.wer(make_plain(speech.text), make_plain(text))) for name, text in heard.items()}


def make_plain(text: str) -> str:
    return " ".join(re.sub(r"[.,!?:;]", " ", text.lower()).split())

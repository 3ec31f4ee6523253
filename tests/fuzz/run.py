"""Fuzz one target: ``python -m tests.fuzz.run TARGET [OPTIONS]``, or try single inputs: ``… TARGET FILE…``.

Guided by coverage of what reads it (atheris), and for what is said in a room by the protocol's names (``messages.py``);
the options are libFuzzer's, without ``-runs=N`` it goes on forever. An input that breaks something is kept in
``tests/fuzz/crashes/TARGET``; once it is mended it moves to ``tests/fuzz/corpus/TARGET``, which every run begins with.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import atheris

HERE = Path(__file__).parent
# Seconds for one input and MiB for the process: more is a defect as much as a crash is.
BOUNDS = ("-timeout=5", "-rss_limit_mb=700", "-max_len=16384")
INSTRUMENTED = ["signaling", "meetings.invitations", "web.mail", "icalendar"]
BLIND = 0.3  # of the changes are libFuzzer's own where there are others


def mix(change: Callable[[bytes, Random], bytes]) -> Callable[[bytes, int, int], bytes]:
    """As atheris wants it: the input, the most bytes, a seed."""

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = Random(seed)
        changed: bytes = atheris.Mutate(data, most) if chance.random() < BLIND else change(data, chance)[:most]
        return changed

    return mutate


def main() -> None:
    name, options = sys.argv[1], sys.argv[2:]
    with atheris.instrument_imports(include=INSTRUMENTED, enable_loader_override=False):
        from tests.fuzz.messages import change_meeting, change_message
        from tests.fuzz.targets import SEEDS, TARGETS
    changes = {"protocol": change_message, "room": change_meeting}
    crashes = HERE / "crashes" / name
    crashes.mkdir(parents=True, exist_ok=True)
    argv = [sys.argv[0], *BOUNDS, f"-artifact_prefix={crashes}/", *options]
    with tempfile.TemporaryDirectory(prefix="giaoban-fuzz-") as folder:
        for place, seed in enumerate(SEEDS[name]):
            (Path(folder) / str(place)).write_bytes(seed)
        if all(option.startswith("-") for option in options):
            corpus = HERE / "corpus" / name
            argv += [folder, *([str(corpus)] if corpus.is_dir() else [])]
        mutate = {"custom_mutator": mix(changes[name])} if name in changes else {}
        atheris.Setup(argv, TARGETS[name], **mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()

"""Fuzz one target: ``python -m tests.fuzz.run TARGET [OPTIONS]``, or try single inputs: ``… TARGET FILE…``.

Guided by coverage of ``signaling`` (atheris); the options are libFuzzer's, without ``-runs=N`` it goes on forever. An
input that breaks something is kept in ``tests/fuzz/crashes/TARGET``; once that is mended it moves to
``tests/fuzz/corpus/TARGET``, which every run begins with.
"""

import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
# Seconds for one input and MiB for the process: more is a defect as much as a crash is.
BOUNDS = ("-timeout=5", "-rss_limit_mb=700", "-max_len=16384")


def main() -> None:
    name, options = sys.argv[1], sys.argv[2:]
    with atheris.instrument_imports(include=["signaling"], enable_loader_override=False):
        from tests.fuzz.targets import SEEDS, TARGETS
    crashes = HERE / "crashes" / name
    crashes.mkdir(parents=True, exist_ok=True)
    argv = [sys.argv[0], *BOUNDS, f"-artifact_prefix={crashes}/", *options]
    with tempfile.TemporaryDirectory(prefix="giaoban-fuzz-") as folder:
        for place, seed in enumerate(SEEDS[name]):
            (Path(folder) / str(place)).write_bytes(seed)
        if all(option.startswith("-") for option in options):
            corpus = HERE / "corpus" / name
            argv += [folder, *([str(corpus)] if corpus.is_dir() else [])]
        atheris.Setup(argv, TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()

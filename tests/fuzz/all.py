"""A million inputs over all targets, one after another; non-zero when one of them broke something."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

from tests.fuzz.targets import TARGETS  # noqa: E402  the path comes first

INPUTS = 1_000_000


def main() -> int:
    broken = []
    for name in TARGETS:
        print(f"== {name}", flush=True)
        options = [f"-runs={INPUTS // len(TARGETS)}", "-verbosity=0", "-print_final_stats=1"]
        if subprocess.run([sys.executable, HERE / "run.py", name, *options], check=False).returncode:
            broken.append(name)
    print(f"broken: {', '.join(broken)}" if broken else "nothing broke")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

"""A million inputs over all targets, one after another; non-zero when one of them broke something."""

import os
import subprocess
import sys
import tempfile

from tests.fuzz.targets import TARGETS

INPUTS = 1_000_000


def main() -> int:
    broken = []
    with tempfile.TemporaryDirectory(prefix="giaoban-fuzz-") as folder:  # libFuzzer ends without clearing away its own
        environment = {**os.environ, "TMPDIR": folder}
        for name in TARGETS:
            print(f"== {name}", flush=True)
            options = [f"-runs={INPUTS // len(TARGETS)}", "-verbosity=0", "-print_final_stats=1"]
            command = [sys.executable, "-m", "tests.fuzz.run", name, *options]
            if subprocess.run(command, env=environment, check=False).returncode:
                broken.append(name)
    print(f"broken: {', '.join(broken)}" if broken else "nothing broke")
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")

"""The press's process: one call comes in on standard input, what came of it goes out. Started by ``web.press``."""

import pickle
import resource
import sys
import traceback

from meetings.errors import MeetingError
from web.children import end_with_parent

MOST_MEMORY = 3 * 2**30  # bytes of address space
MOST_SECONDS = 60  # of processor time


def main() -> None:
    end_with_parent(int(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    work, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301 - the server wrote it
    try:
        outcome = (True, work(*args, **kwargs))
    except MeetingError as error:
        outcome = (False, error)
    except Exception:
        outcome = (False, traceback.format_exc())
    sys.stdout.buffer.write(pickle.dumps(outcome))


if __name__ == "__main__":
    main()

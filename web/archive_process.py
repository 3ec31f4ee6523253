"""The process that packs one meeting file: the plan comes in on standard input; a line of JSON and the ZIP go out."""

import json
import pickle
import sys

from meetings.errors import MeetingError
from transcripts.archive.packing import prepare, write_package
from web.children import end_with_parent
from web.priority import step_back


def main() -> None:
    end_with_parent(int(sys.argv[1]))
    step_back()
    plan = pickle.load(sys.stdin.buffer)  # noqa: S301 - the server wrote it
    try:
        package = prepare(plan)
    except MeetingError as error:
        tell({"message": error.message, "values": dict(error.values)})
        return
    size = sum(content.size for content in package.contents)
    tell({"head": package.head, "seal": package.seal, "size": size})
    write_package(package, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def tell(value: object) -> None:
    sys.stdout.buffer.write(json.dumps(value).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

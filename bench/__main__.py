"""``python -m bench NAME``: measure, and print the result, with ``--json`` as JSON alone.

Exit codes: 0 measured; 1 the measurement failed, or what it must show was not shown; 2 wrong arguments; 3 the program
to compare with is not installed, and its name stands on standard error.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable
from typing import Any

from bench import forwarding, ratio, room, signaling, speech
from bench.machine import BenchFailed, PeerAbsent
from bench.random_whisper import SIZES

EXIT_FAILED, EXIT_ABSENT = 1, 3


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    benches = parser.add_subparsers(dest="name", required=True)
    one = benches.add_parser("forwarding", help="CPU per packet, lossless rate and delay beside Janus")
    one.add_argument("--rounds", type=int, default=3, help="turns of each (default 3)")
    one.add_argument("--seconds", type=float, default=5.0, help="of the measurement at the base rate (default 5)")
    two = benches.add_parser("room", help="40 sites, then 150, in one room")
    two.add_argument("--minutes", type=float, default=1.5, help="that each room lasts (default 1.5)")
    two.add_argument("--sites", type=int, nargs="*", default=room.SIZES, help="sizes of the rooms (default 40 150)")
    three = benches.add_parser("signaling", help="joins, changes seen by all, and 400 sockets dropped at once")
    four = benches.add_parser("ratio", help="figures of five years of meetings on SQLite and PostgreSQL")
    four.add_argument("--meetings", type=int, default=ratio.MEETINGS, help=f"in five years (default {ratio.MEETINGS})")
    four.add_argument("--views", type=int, default=60, help="of each sort that are measured (default 60)")
    five = benches.add_parser("speech", help="cost beside both engines, words understood, words invented")
    five.add_argument("--size", choices=list(SIZES), default="small", help="of the models (default small)")
    five.add_argument("--rounds", type=int, default=1, help="turns of each (default 1)")
    five.add_argument("--minutes", type=float, default=60, help="of noise (default 60)")
    for parser_of_one in (one, two, three, four, five):
        parser_of_one.add_argument("--json", action="store_true", help="print JSON alone")
    return parser.parse_args(arguments)


def begin(arguments: argparse.Namespace) -> Awaitable[dict[str, Any]]:
    if arguments.name == "room":
        return room.run(seconds=arguments.minutes * 60, sizes=arguments.sites)
    if arguments.name == "signaling":
        return signaling.run()
    if arguments.name == "ratio":
        return ratio.run(meetings=arguments.meetings, views=arguments.views)
    if arguments.name == "speech":
        return speech.run(size=arguments.size, rounds=arguments.rounds, minutes=arguments.minutes)
    return forwarding.run(rounds=arguments.rounds, seconds=arguments.seconds)


def main() -> int:
    arguments = read_arguments(sys.argv[1:])
    try:
        result = asyncio.run(_await(begin(arguments)))
    except PeerAbsent as error:
        print(f"{error} is not installed", file=sys.stderr)
        return EXIT_ABSENT
    except BenchFailed as error:
        print(f"bench {arguments.name}: {error}", file=sys.stderr)
        return EXIT_FAILED
    print(json.dumps(result, indent=None if arguments.json else 2))
    return 0 if result.get("shown", True) else EXIT_FAILED


async def _await(work: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    return await work


if __name__ == "__main__":
    sys.exit(main())

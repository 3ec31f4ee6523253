"""Which microphones and cameras a viewer is sent, of those that there are. Pure."""

from collections.abc import Collection, Sequence


def choose_microphones(
    present: Sequence[str], featured: Collection[str], loudest: Sequence[str], slots: int
) -> list[str]:
    """Return the microphones for a viewer: all while there are slots for all, else the featured and the loudest.

    ``present`` are those of the others, in the order of coming; ``loudest`` first. One slot is left to the loudest,
    however many are featured.
    """
    if len(present) <= slots:
        return list(present)
    others = [one for one in loudest if one in present and one not in featured]
    chosen = [one for one in present if one in featured][: slots - min(1, len(others))]
    return chosen + others[: slots - len(chosen)]


def choose_cameras(shown: Sequence[str], featured: Collection[str], recent: Sequence[str], most: int) -> list[str]:
    """Return at most ``most`` of the cameras that a viewer shows, in the order in which it shows them.

    The featured stay, then the first one that it shows (the pinned one), then those who spoke last, then the others.
    """
    if len(shown) <= most:
        return list(shown)
    place = {one: number for number, one in enumerate(recent)}
    ranked = sorted(shown, key=lambda one: (one not in featured, one != shown[0], place.get(one, len(place))))
    chosen = set(ranked[:most])
    return [one for one in shown if one in chosen]

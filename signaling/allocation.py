"""Which layer of which picture a viewer is sent: as good as it is shown, as much as the link takes. Pure.

Pictures are wished for in the order of their importance. Each gets its lowest layer first, the important ones first;
what is left raises them one after another, no higher than they are shown. Whoever may be left out is left out before a
picture that must be there. A picture is lowered at once and raised only when that fits with room to spare and it was
not lowered a moment ago, so that it does not flicker.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SHARP_ENOUGH = 0.75  # a layer of so much of the height shown looks as good as a higher one
ROOM_TO_RAISE = 1.15  # of the bit rates after raising
SETTLE_SECONDS = 4.0  # after lowering a picture, before it is raised again


@dataclass(frozen=True)
class Layer:
    """``height`` in pixels, ``bitrate`` in bit/s as it is now."""

    height: int
    bitrate: int


@dataclass(frozen=True)
class Wish:
    """A picture that is shown ``height`` pixels high. ``layers`` that arrive now, the lowest first.

    ``must``: it stays as long as anything does (the presented screen, the chair, whoever has the floor).
    """

    key: str
    height: int
    layers: Sequence[Layer]
    must: bool = False


class Allocation:
    """Of one viewer; it remembers what was chosen before."""

    def __init__(self) -> None:
        self._chosen: dict[str, int | None] = {}
        self._lowered_at: dict[str, float] = {}

    def choose(self, wishes: Sequence[Wish], target: int, now: float) -> dict[str, int | None]:
        """The index of a layer for each wish, None where the picture is left out. ``target`` in bit/s for all."""
        ordered = sorted(wishes, key=lambda wish: not wish.must)
        chosen: dict[str, int | None] = {}
        spent = 0
        for wish in ordered:
            chosen[wish.key] = None
            if wish.layers and self._fits(wish, 0, spent + wish.layers[0].bitrate, target, now):
                chosen[wish.key] = 0
                spent += wish.layers[0].bitrate
        for wish in ordered:
            layer = chosen[wish.key]
            if layer is None:
                continue
            for higher in range(layer + 1, find_best(wish) + 1):
                cost = spent + wish.layers[higher].bitrate - wish.layers[layer].bitrate
                if not self._fits(wish, higher, cost, target, now):
                    break
                layer, spent = higher, cost
            chosen[wish.key] = layer
        self._remember(chosen, now)
        return chosen

    def _fits(self, wish: Wish, layer: int, cost: int, target: int, now: float) -> bool:
        before = self._chosen.get(wish.key)
        if before is not None and layer <= before:
            return cost <= target
        lowered = now - self._lowered_at.get(wish.key, float("-inf")) < SETTLE_SECONDS
        return not lowered and cost * (ROOM_TO_RAISE if wish.key in self._chosen else 1) <= target

    def _remember(self, chosen: dict[str, int | None], now: float) -> None:
        for key, layer in chosen.items():
            before = self._chosen.get(key)
            if before is not None and (layer is None or layer < before):
                self._lowered_at[key] = now
        self._lowered_at = {key: at for key, at in self._lowered_at.items() if key in chosen}
        self._chosen = chosen


def find_best(wish: Wish) -> int:
    """The lowest layer that looks as good as it is shown, else the highest."""
    for index, layer in enumerate(wish.layers):
        if layer.height >= wish.height * SHARP_ENOUGH:
            return index
    return len(wish.layers) - 1

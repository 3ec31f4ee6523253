"""What everybody in one room is sent: which voices, which cameras, the screen, each in which size."""

from collections.abc import Callable

from signaling.engine import Filled, View
from signaling.selection import choose_cameras, choose_microphones
from signaling.track import Track
from signaling.viewer import AUDIO_SLOTS, Picture, Viewer
from signaling.voices import Voices

CHECK_SECONDS = 0.2  # which encodings arrive
ARRANGE_SECONDS = 0.5  # a link's limit changes, and the bit rates of what is sent
MOST_AT_ONCE, SHARE_AT_ONCE = 20, 5  # viewers arranged in one tick: so many, or one in five; packets wait meanwhile


class Audience:
    """``report(viewer, filled)``: what a viewer's slots carry has changed."""

    def __init__(self, cameras: int, report: Callable[[Viewer, tuple[Filled, ...]], None]) -> None:
        self._cameras = cameras
        self._report = report
        self.tracks: dict[str, Track] = {}
        self.viewers: dict[str, Viewer] = {}
        self.featured: tuple[str, ...] = ()
        self.presented: str | None = None
        self._views: dict[str, View] = {}
        self._voices = Voices()
        self._recent: list[str] = []  # participants, the last one to speak first
        self._alive: tuple[int, ...] = ()
        self._checked_at = float("-inf")

    def add_track(self, track: Track, now: float) -> None:
        self.tracks[track.id] = track
        self._follow_change(track, now)

    def remove_track(self, track: Track, now: float) -> None:
        """Its slots are empty from here on."""
        self.tracks.pop(track.id, None)
        self._voices.forget(track.id)
        for viewer in self.viewers.values():
            for lane in viewer.lanes:
                if lane.track is track:
                    lane.track, viewer.changed = None, True
                    lane.aim(None, now)
        self._follow_change(track, now)

    def _follow_change(self, track: Track, now: float) -> None:
        if track.source == "microphone":
            self._feature_voices()
            self.arrange_sound(now)
        else:
            self.expire()

    def add_viewer(self, viewer: Viewer) -> None:
        self.viewers[viewer.participant] = viewer

    def forget_view(self, participant: str) -> None:
        self._views.pop(participant, None)

    def set_view(self, view: View, now: float) -> None:
        """Somebody shows other pictures than before."""
        self._views[view.participant] = view
        viewer = self.viewers.get(view.participant)
        if viewer is not None:
            self.arrange(viewer, now)

    def feature(self, participants: tuple[str, ...], now: float) -> None:
        self.featured = participants
        self._feature_voices()
        self.arrange_sound(now)
        self.expire()

    def _feature_voices(self) -> None:
        self._voices.feature([one.id for one in self._list_microphones() if one.participant in self.featured])

    def present(self, track: str | None) -> None:
        self.presented = track
        self.expire()

    def hear(self, track: Track, level: int, now: float) -> None:
        """A packet of a microphone is about to be forwarded: whoever begins to speak is heard from the first one on."""
        if self._voices.hear(track.id, level, now):
            self.arrange_sound(now)

    def forget_voice(self, track: Track, now: float) -> None:
        if self._voices.forget(track.id):
            self.arrange_sound(now)

    def note_speakers(self, participants: tuple[str, ...]) -> None:
        """These are audible, the loudest first."""
        for name in reversed(participants):
            if name in self._recent:
                self._recent.remove(name)
            self._recent.insert(0, name)
        self._recent = self._recent[:100]

    def _list_microphones(self) -> list[Track]:
        return [one for one in self.tracks.values() if one.source == "microphone"]

    def arrange_sound(self, now: float) -> None:
        for viewer in self.viewers.values():
            self._arrange_sound(viewer, now)

    def _arrange_sound(self, viewer: Viewer, now: float) -> None:
        view = self._views.get(viewer.participant)
        present = [one for one in self._list_microphones() if one.participant != viewer.participant]
        if view is not None and not view.audio:
            present = []
        featured = {one.id for one in present if one.participant in self.featured}
        chosen = choose_microphones([one.id for one in present], featured, self._voices.chosen, AUDIO_SLOTS)
        viewer.show_sound([self.tracks[one] for one in chosen], now)

    def arrange(self, viewer: Viewer, now: float) -> None:
        """Give a viewer what it is to have now, and tell it."""
        viewer.arranged_at = now
        view = self._views.get(viewer.participant)
        viewer.limit = None if view is None else view.limit
        self._arrange_sound(viewer, now)
        viewer.show_pictures(self._choose_pictures(viewer, view), now)
        self.tell(viewer)

    def _choose_pictures(self, viewer: Viewer, view: View | None) -> list[Picture]:
        others = {name: one for name, one in self.tracks.items() if one.participant != viewer.participant}
        cameras = [name for name, one in others.items() if one.source == "camera"]
        heights = dict.fromkeys([*cameras, self.presented or ""], 0)
        if view is not None:
            known, heights = heights, {}
            for want in view.wants:
                if want.track in known:
                    heights.setdefault(want.track, want.height)
        shown = [name for name in heights if name in cameras]
        featured = {name for name in shown if others[name].participant in self.featured}
        place = {name: number for number, name in enumerate(self._recent)}
        recent = sorted(shown, key=lambda name: place.get(others[name].participant, len(place)))
        chosen = choose_cameras(shown, featured, recent, self._cameras)
        must = featured | set(shown[:1] if view is not None else ())
        pictures = [Picture(others[name], heights[name], name in must) for name in chosen]
        screen = others.get(self.presented or "")
        if screen is not None and screen.id in heights and screen.source == "screen":
            pictures.insert(0, Picture(screen, heights[screen.id], must=True))
        return pictures

    def tell(self, viewer: Viewer, *, anew: bool = False) -> None:
        """Report what a viewer's slots carry, if that has changed since the last time."""
        if viewer.changed or anew:
            viewer.changed = False
            self._report(viewer, viewer.list_filled())

    def expire(self) -> None:
        """Everybody is arranged anew at the next tick, or the next few where there are many."""
        for viewer in self.viewers.values():
            viewer.arranged_at = float("-inf")

    def tick(self, now: float) -> None:
        """To be called some twenty times a second."""
        if now - self._checked_at >= CHECK_SECONDS:
            self._checked_at = now
            alive = tuple(len(one.list_alive()) for one in self.tracks.values() if one.rids)
            if alive != self._alive:
                self._alive = alive
                self.expire()
        if self._voices.check(now):
            self.arrange_sound(now)
        due = [one for one in self.viewers.values() if now - one.arranged_at >= ARRANGE_SECONDS]
        due.sort(key=lambda one: one.arranged_at)  # who has waited longest comes first
        for viewer in due[: max(MOST_AT_ONCE, len(self.viewers) // SHARE_AT_ONCE)]:
            self.arrange(viewer, now)
        for viewer in self.viewers.values():
            self.tell(viewer)

    def measure_loss(self) -> float:
        """Return what the weakest listener loses of the sound, as a share of it; of those who are connected."""
        return max((one.sound_loss for one in self.viewers.values() if one.peer.connected), default=0.0)

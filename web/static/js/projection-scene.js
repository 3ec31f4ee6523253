/**
 * What the hall's big screen shows: pure. The screen that is presented, with who speaks small beside it; else who speaks.
 *
 * @typedef {import("./room-state.js").RoomState} RoomState
 * @typedef {import("./wire.js").Participant} Participant
 * @typedef {{ screen: string | null, presenter: Participant | null, speaker: Participant | null, camera: string | null }} Scene
 *   `screen` and `camera`: track ids; `speaker`: whose picture and name are shown
 */
import { findParticipant, findPresenter, findTrack, listPresent } from "./room-facts.js";

/** @param {RoomState} state @returns {Scene} */
export function chooseScene(state) {
  const presenter = findParticipant(state, findPresenter(state.room) ?? "") ?? null;
  const speaker = findShown(state);
  return {
    presenter,
    screen: trackOf(presenter, "screen"),
    speaker,
    camera: trackOf(speaker, "camera"),
  };
}

/** Who is in the spotlight, has the floor, spoke last, chairs: the first of these that is here. @param {RoomState} state */
function findShown(state) {
  const people = listPresent(state);
  const wanted = [state.room.spotlight, state.room.floor?.participant ?? null, state.voice];
  for (const id of wanted) {
    const found = people.find((person) => person.id === id && person.connected);
    if (found !== undefined) return found;
  }
  return people.find(({ role }) => role === "chair") ?? people.find(({ connected }) => connected) ?? null;
}

/** @param {Participant | null} person @param {"camera" | "screen"} source */
function trackOf(person, source) {
  return (person && findTrack(person, source)?.id) ?? null;
}

/**
 * What to ask the server for: the one picture, as high as it is shown. The presented screen comes anyway.
 * @param {Scene} scene @param {number} height of the page in device pixels
 * @returns {import("./wire.js").Wanted[]}
 */
export function wishFor({ camera, screen }, height) {
  if (camera === null) return [];
  return [{ track: camera, height: Math.max(1, Math.round(screen === null ? height : height / 4)) }];
}

/** How long to wait before asking again after the server closed for good; null: it makes no sense. */
/** @param {import("./connection.js").Why} why @returns {number | null} milliseconds */
export function pauseAfter(why) {
  switch (why) {
    case "early":
    case "full":
    case "locked":
    case "turned_down":
    case "protocol":
    case "left":
      return 15_000;
    case "ended":
    case "refused":
    case "sign_in":
    case "elsewhere":
      return null;
  }
}

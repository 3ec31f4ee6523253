/** One tile of the stage: a person, with or without a picture, or a shared screen. */
import { part, setIcon, setText } from "./elements.js";
import { nameOver, nameSpeech } from "./floor-words.js";
import { t } from "./i18n.js";
import { describePerson, initialsOf, isSilent, nameFor, nameQuality, nameReaction, shortName } from "./person-words.js";
import { playPicture } from "./picture.js";
import { findParticipant, findSpeech, findTrack, listReactions, queueHands } from "./room-state.js";

/** @typedef {import("./room-state.js").RoomState} RoomState */
/** @typedef {import("./stage.js").Tile} Tile */
/** @typedef {import("./wire.js").Participant} Participant */
/** @typedef {(participant: string, source: "camera" | "screen") => MediaStreamTrack | null} FindPicture */

/**
 * @param {HTMLElement} element
 * @param {Tile} tile
 * @param {RoomState} state
 * @param {{ pinned: string | null }} wish
 * @param {FindPicture} findPicture
 */
export function fillTile(element, tile, state, wish, findPicture) {
  const person = findParticipant(state, tile.participant);
  if (person === undefined) return;
  const mine = person.id === state.you;
  const picture = findPicture(person.id, tile.screen ? "screen" : "camera");
  playPicture(part(element, "video", HTMLVideoElement), picture);
  element.dataset["kind"] = tile.screen ? "screen" : mine ? "mine" : "person";
  const initials = part(element, "initials", HTMLElement);
  initials.hidden = tile.screen || picture !== null;
  setText(initials, initialsOf(person.name));
  part(element, "waiting", HTMLElement).hidden = !tile.screen || picture !== null || !person.connected;
  part(element, "away", HTMLElement).hidden = person.connected;
  // A camera that is on and does not arrive: the link, or what it is spared, is to blame, not the site.
  const filmed = findTrack(person, "camera") !== undefined;
  part(element, "paused", HTMLElement).hidden = tile.screen || mine || picture !== null || !filmed || !person.connected;
  nameTile(element, person, tile.screen, state.you);
  fillSound(element, person, !tile.screen && state.speaking.includes(person.id), tile.screen);
  fillLink(element, person, tile.screen || !person.connected);
  fillMarks(element, person, tile.screen, state);
  fillButtons(element, person, wish.pinned === tile.key);
}

/** @param {HTMLElement} element @param {Participant} person @param {boolean} screen @param {string} you */
function nameTile(element, person, screen, you) {
  const name = nameFor(person, you);
  const short = person.role === "site" ? shortName(name) : name;
  setText(part(element, "name", HTMLElement), screen ? t("Màn hình của {name}", { name: short }) : short);
  const { weak, connected } = person;
  // The mark for a weak link and the veil for a lost one say these two themselves.
  const detail = describePerson({ ...person, weak: false, connected: true });
  setText(part(element, "detail", HTMLElement), screen || (person.role === "site" && detail === shortName(person.name)) ? "" : detail);
  part(element, "weak", HTMLElement).hidden = screen || !weak || !connected;
  element.setAttribute("aria-label", screen ? t("Màn hình của {name}", { name }) : name);
}

/** @param {HTMLElement} element @param {Participant} person @param {boolean} speaking @param {boolean} [hidden] */
export function fillSound(element, person, speaking, hidden = false) {
  const sound = part(element, "sound", HTMLElement);
  sound.hidden = hidden;
  const silent = isSilent(person);
  const audible = speaking && !silent;
  setIcon(sound, silent ? "mic-off" : audible ? "volume-2" : "mic");
  setText(part(sound, "sound-text", HTMLElement), silent ? t("micro tắt") : audible ? t("đang nói") : t("micro bật"));
  element.classList.toggle("is-speaking", audible);
  element.classList.toggle("is-silent", silent);
}

/** As bars, and in words. @param {HTMLElement} element @param {Participant} person @param {boolean} hidden */
function fillLink(element, { link: quality }, hidden) {
  const link = part(element, "link", HTMLElement);
  link.hidden = hidden || quality === null;
  if (quality === null) return;
  link.dataset["level"] = quality;
  link.title = nameQuality(quality);
  setText(part(link, "link-text", HTMLElement), nameQuality(quality));
}

/** @param {HTMLElement} element @param {Participant} person @param {boolean} screen @param {RoomState} state */
function fillMarks(element, person, screen, state) {
  const place = screen ? 0 : queueHands(state).findIndex(({ id }) => id === person.id) + 1;
  part(element, "hand", HTMLElement).hidden = place === 0;
  setText(part(element, "queue", HTMLElement), place === 0 ? "" : String(place));
  const { floor, spotlight } = state.room;
  const speaks = !screen && floor?.participant === person.id;
  part(element, "shown", HTMLElement).hidden = screen || speaks || spotlight !== person.id;
  part(element, "floor", HTMLElement).hidden = !speaks;
  element.classList.toggle("has-floor", speaks);
  tickTile(element, person.id, state, Date.now());
}

/** What of a tile changes with the time: the clock of whoever has the floor, and reactions. */
/** @param {HTMLElement} element @param {string} id @param {RoomState} state @param {number} now */
export function tickTile(element, id, state, now) {
  const speech = findSpeech(state, now);
  if (speech?.participant === id) {
    const words = speech.over > 0 ? `${nameSpeech(speech)} ${nameOver(speech.over)}` : nameSpeech(speech);
    setText(part(element, "floor-text", HTMLElement), words);
    part(element, "floor", HTMLElement).classList.toggle("is-over", speech.over > 0);
  }
  const kind = element.dataset["kind"] === "screen" ? undefined : listReactions(state, now).get(id);
  const reaction = part(element, "reaction", HTMLElement);
  reaction.hidden = kind === undefined;
  if (kind === undefined) return;
  const [text, icon] = nameReaction(kind);
  setIcon(reaction, icon);
  setText(part(reaction, "reaction-text", HTMLElement), text);
}

/** @param {HTMLElement} element @param {Participant} person @param {boolean} pinned */
function fillButtons(element, { name }, pinned) {
  const pin = part(element, "pin", HTMLButtonElement);
  element.classList.toggle("is-pinned", pinned);
  pin.setAttribute("aria-pressed", String(pinned));
  pin.setAttribute("aria-label", pinned ? t("Bỏ ghim: {name}", { name }) : t("Ghim: {name}", { name }));
  setText(part(pin, "pin-text", HTMLElement), pinned ? t("Bỏ ghim") : t("Ghim"));
  setIcon(pin, pinned ? "pin-off" : "pin");
  part(element, "menu", HTMLButtonElement).setAttribute("aria-label", t("Thao tác với {name}", { name }));
}

/** The forms of the room, each in a dialog: its policy, a new vote, who sits at my site. They return what was chosen. */
import { openDialog } from "./dialogs.js";
import { byId } from "./elements.js";
import { NAMES_LIMIT } from "./wire.js";

/** @typedef {import("./wire.js").Policy} Policy */

/** @param {Policy} policy as it stands @returns {Promise<Partial<Policy>>} what is to change */
export async function askPolicy(policy) {
  const lobby = byId("policy-lobby", HTMLSelectElement);
  const chat = byId("policy-chat", HTMLSelectElement);
  const locked = byId("policy-locked", HTMLInputElement);
  const history = byId("policy-history", HTMLInputElement);
  const reactions = byId("policy-reactions", HTMLInputElement);
  [lobby.value, chat.value] = [policy.lobby, policy.chat];
  [locked.checked, history.checked, reactions.checked] = [policy.locked, policy.history, policy.reactions];
  if ((await openDialog("policy")) !== "save") return {};
  const chosen = /** @type {Policy} */ ({
    lobby: lobby.value,
    chat: chat.value,
    locked: locked.checked,
    history: history.checked,
    reactions: reactions.checked,
  });
  return keepChanges(policy, chosen);
}

/** Only what is new: somebody else may change the rest meanwhile. @param {Policy} before @param {Policy} after */
export function keepChanges(before, after) {
  const names = /** @type {(keyof Policy)[]} */ (Object.keys(after));
  const changed = names.filter((name) => before[name] !== after[name]).map((name) => [name, after[name]]);
  return /** @type {Partial<Policy>} */ (Object.fromEntries(changed));
}

/**
 * @typedef {{ subject: string, kind: import("./wire.js").VoteKind, secret: boolean, quorum: number | null }} NewVote
 * @param {string} subject proposed
 * @returns {Promise<NewVote | null>}
 */
export async function askVote(subject) {
  const form = byId("voting-form", HTMLFormElement);
  form.reset();
  const field = byId("voting-subject", HTMLTextAreaElement);
  field.value = subject;
  const answer = openDialog("voting");
  field.select(); // whoever types means something else
  if ((await answer) !== "open" || field.value.trim() === "") return null;
  const kind = new FormData(form).get("voting-kind") === "opinion" ? "opinion" : "ballot";
  const secret = byId("voting-secret", HTMLInputElement).checked;
  return { subject: field.value.trim(), kind, secret, quorum: kind === "ballot" ? readNumber("voting-quorum") : null };
}

/**
 * @param {{ heads: number | null, names: string[] }} site as it was declared
 * @returns {Promise<{ heads: number | null, names: string[] } | null>}
 */
export async function askSite({ heads, names }) {
  const field = byId("site-names", HTMLTextAreaElement);
  byId("site-heads", HTMLInputElement).value = heads === null ? "" : String(heads);
  field.value = names.join("\n");
  if ((await openDialog("site")) !== "save") return null;
  return countSite(readNumber("site-heads"), field.value);
}

/** Whoever writes more names than heads has more heads. @param {number | null} heads @param {string} lines */
export function countSite(heads, lines) {
  const names = lines
    .split("\n")
    .map((name) => [...name.trim().replace(/\s+/g, " ")].slice(0, 100).join(""))
    .filter((name) => name !== "")
    .slice(0, NAMES_LIMIT);
  const least = names.length === 0 ? heads : Math.max(heads ?? 0, names.length);
  return { heads: least, names };
}

/** @param {string} id of an input @returns {number | null} */
function readNumber(id) {
  const text = byId(id, HTMLInputElement).value.trim();
  return /^\d+$/.test(text) ? Number(text) : null;
}

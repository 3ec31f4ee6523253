/** The result of a vote: in words, as bars and as a table. */
import { openDialog } from "./dialogs.js";
import { byId, setText } from "./elements.js";
import { number } from "./i18n.js";
import { nameChoice, nameKind, sharesOf, tellResult } from "./vote-words.js";

/** @param {import("./wire.js").Vote} vote */
export async function showOutcome(vote) {
  if (vote.tally === null) return;
  setText(byId("outcome-kind", HTMLElement), nameKind(vote));
  setText(byId("outcome-subject", HTMLElement), vote.subject);
  setText(byId("outcome-words", HTMLElement), tellResult(vote));
  const shares = sharesOf(vote.tally);
  byId("outcome-bars", HTMLElement).replaceChildren(...shares.map(createBar));
  byId("outcome-rows", HTMLElement).replaceChildren(...shares.map(createRow));
  byId("outcome-names", HTMLElement).hidden = vote.choices.length === 0;
  byId("outcome-list", HTMLElement).replaceChildren(
    ...vote.choices.map(({ name, choice }) => createText("li", `${name}: ${nameChoice(choice)}`)),
  );
  await openDialog("outcome");
}

/** @param {ReturnType<typeof sharesOf>[number]} share */
function createBar({ choice, count, percent }) {
  const row = createText("div", "");
  row.className = "outcome-bar";
  const bar = createText("span", "");
  bar.className = "outcome-fill";
  bar.dataset["choice"] = choice;
  bar.style.setProperty("--share", String(percent / 100));
  row.append(createText("span", nameChoice(choice)), bar, createText("strong", String(count)));
  return row;
}

/** @param {ReturnType<typeof sharesOf>[number]} share */
function createRow({ choice, count, percent }) {
  const row = document.createElement("tr");
  const head = createText("th", nameChoice(choice));
  head.setAttribute("scope", "row");
  row.append(head, createText("td", String(count)), createText("td", `${number(percent, percent % 1 === 0 ? 0 : 1)} %`));
  return row;
}

/** @param {string} tag @param {string} text */
function createText(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

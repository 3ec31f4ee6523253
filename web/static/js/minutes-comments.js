/** Comments on a draft: the one form goes to the paragraph that somebody chose, with what was typed so far. */
import { byId } from "./elements.js";

const form = document.getElementById("comment-form");
if (form instanceof HTMLFormElement) {
  const place = field(form, "place");
  const quote = field(form, "quote");
  const proposal = byId("new-proposal", HTMLTextAreaElement);
  const text = byId("new-text", HTMLTextAreaElement);
  let offered = proposal.value; // what was put there, and not typed

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-comment]") : null;
    const chosen = link?.closest("[data-place]");
    if (!link || !(chosen instanceof HTMLElement)) return;
    event.preventDefault();
    const said = chosen.querySelector("[data-part=quote], h3.review-text")?.textContent ?? "";
    place.value = chosen.dataset["place"] ?? "";
    quote.value = said;
    if (proposal.value === offered) proposal.value = said;
    offered = said;
    byId("proposal-part", HTMLElement).hidden = place.value === "";
    link.after(form);
    text.focus();
  });
}

/** @param {HTMLFormElement} form @param {string} name @returns {HTMLInputElement} */
function field(form, name) {
  const found = form.elements.namedItem(name);
  if (found instanceof HTMLInputElement) return found;
  throw new Error(`the form has no ${name}`);
}

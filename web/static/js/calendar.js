/** Entry of the calendar: moving meetings by hand and by keyboard, and booking a free stretch of a row. */
import { followPointer } from "./calendar-drag.js";
import { watchGaps } from "./calendar-gaps.js";
import { openMove } from "./calendar-move.js";

followPointer(document);
watchGaps(document);

// The keyboard's way: the link on a meeting opens the dialog, without scripts the page that it leads to.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest(".event-move") : null;
  const card = link?.closest("[data-slug]");
  if (!(card instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void openMove(card, null);
});

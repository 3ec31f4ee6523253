/** Entry of the weekly calendar: prints it, and shows another one as soon as it is chosen. */
import { byId } from "./elements.js";

const print = byId("print", HTMLButtonElement);
print.hidden = false;
print.addEventListener("click", () => window.print());

document.getElementById("who")?.addEventListener("change", ({ target }) => {
  if (target instanceof HTMLSelectElement) target.form?.requestSubmit();
});

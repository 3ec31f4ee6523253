/** What every page does: take the reader to the faults of a form, and keep a form from being sent twice. */

const summary = document.querySelector("[data-focus]");
if (summary instanceof HTMLElement) summary.focus();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
  if (form.dataset["sent"]) event.preventDefault();
  else form.dataset["sent"] = "true";
});

// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset["sent"];
});

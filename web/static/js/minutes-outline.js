/** The list of contents beside the paper: a link for each section, kept up to date while titles are typed. */

let made = 0; // ids given to sections, never twice

/** @param {HTMLElement} desk */
export function openOutline(desk) {
  const outline = desk.querySelector("#outline");
  const paper = desk.querySelector(".desk-paper");
  if (!(outline instanceof HTMLElement) || !(paper instanceof HTMLElement)) return;
  const write = () => writeOutline(desk, outline, paper);
  write();
  paper.addEventListener("input", (event) => {
    if (event.target instanceof HTMLTextAreaElement && event.target.dataset["field"] === "title") write();
  });
  new MutationObserver(write).observe(paper, { childList: true, subtree: true });
}

/** @param {HTMLElement} desk @param {HTMLElement} outline @param {HTMLElement} paper */
function writeOutline(desk, outline, paper) {
  let number = 0;
  const links = [...paper.querySelectorAll("[data-anchor]")].filter((found) => found instanceof HTMLElement).map((anchor) => {
    anchor.id ||= `part-${(made += 1)}`;
    const title = anchor.querySelector(":scope > .paper-line textarea");
    const isSection = title instanceof HTMLTextAreaElement;
    if (isSection) number += 1;
    const link = document.createElement("a");
    link.href = `#${anchor.id}`;
    link.textContent = isSection ? `${number}. ${title.value}` : anchor.textContent;
    link.addEventListener("click", () => showPaper(desk));
    const item = document.createElement("li");
    item.append(link);
    return item;
  });
  outline.replaceChildren(...links);
}

/** On a narrow screen a link leads back to the paper. @param {HTMLElement} desk */
function showPaper(desk) {
  if (desk.dataset["view"] === "agenda") {
    const button = document.querySelector('[data-show="paper"]');
    if (button instanceof HTMLButtonElement) button.click();
  }
}

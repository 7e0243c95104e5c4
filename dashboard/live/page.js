// Behaviour of the whole page that needs no server: links that open in place, and the focus of what opens.

import { openInPlace, whenThere } from "./dom.js";

const LINKS = ':is(.cg-see, .cg-rank, .cg-before)[target="_self"]';
const BUTTON = '[data-testid="stPopoverButton"]';
const BODY = '[data-testid="stPopoverBody"]';

/** Follow a link to another page of the app without loading the app again. */
function follow(event) {
  const link = event.target.closest?.(LINKS);
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  openInPlace(link.href);
  if (link.hash) whenThere(link.hash, (found) => found.scrollIntoView());
}
document.addEventListener("click", follow);

/** Put the menu away that lies over a narrow page, once a page is chosen in it or the page below is pressed. */
function putAway({ target }) {
  const button = document.querySelector('[data-testid="stSidebarCollapseButton"] button');
  const isWithin = target.closest?.('[data-testid="stSidebar"]') && !target.closest('[data-testid="stSidebarNavLink"]');
  if (button && !isWithin) setTimeout(() => button.click(), 0);
}
document.addEventListener("click", putAway, true);

/** Give the focus to a popover that opens, so that the Tab key leads into it. Streamlit gives it back after Escape. */
function enter({ target }) {
  const button = target.closest?.(BUTTON);
  // Its own click opens it, after this one has been heard.
  if (button?.getAttribute("aria-expanded") !== "false") return;
  whenThere(BODY, (body) => {
    body.tabIndex = -1;
    body.focus({ preventScroll: true });
  });
}
document.addEventListener("click", enter, true);

/** Close the popover that the Tab key leaves, and give the focus back to its button. */
function leave({ key, target }) {
  const body = target.closest?.(BODY);
  if (key !== "Tab" || !body) return;
  // The key moves the focus after it has been heard.
  setTimeout(() => {
    const button = document.querySelector(`${BUTTON}[aria-expanded="true"]`);
    if (!button || body.contains(document.activeElement)) return;
    button.click();
    button.focus();
  }, 0);
}
document.addEventListener("keydown", leave, true);

// Behaviour of the whole page without the server: links that open in place, the menu, and the focus of popovers.

import { openInPlace, POPOVER, whenThere } from "./dom.js";

const LINKS = ':is(.cg-see, .cg-rank, .cg-before, .cg-link)[target="_self"]';
const BUTTON = '[data-testid="stPopoverButton"]';
const FIRST_FIELD = ":is(.st-key-payoff_ship_good, .st-key-today_model) input";
/** Number of animation frames in which the page replaces the button of a popover. */
const REPLACED = 300;

/** Follow a link to another page of the app without loading the app again. */
function follow(event) {
  const link = event.target.closest?.(LINKS);
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  openInPlace(link.href);
  if (link.hash) whenThere(link.hash, (target) => target.scrollIntoView());
}
document.addEventListener("click", follow);

/** Close the menu of a narrow page after a choice in it, or after a click next to it. */
function closeMenu({ target }) {
  const button = document.querySelector('[data-testid="stSidebarCollapseButton"] button');
  const isWithin = target.closest?.('[data-testid="stSidebar"]') && !target.closest('[data-testid="stSidebarNavLink"]');
  if (button && !isWithin) setTimeout(() => button.click(), 0);
}
document.addEventListener("click", closeMenu, true);

/** Move the focus into a popover that opens, so that the Tab key works in it; in a form to its first field. */
function enter({ target }) {
  const button = target.closest?.(BUTTON);
  // A word on a card opens a popover whose own button is hidden.
  const opener = getComputedStyle(button ?? document.body).visibility === "hidden" ? document.activeElement : button;
  // This listener runs before the one of Streamlit that opens the popover.
  if (button?.getAttribute("aria-expanded") !== "false") return;
  whenThere(POPOVER, (body) => {
    body.tabIndex = -1;
    body.focus({ preventScroll: true });
    giveBack(body, opener);
    if (matchMedia("(pointer: coarse)").matches) return; // a keyboard on the screen would cover the form
    whenThere(FIRST_FIELD, (field) => {
      if (document.activeElement === body) field.focus({ preventScroll: true });
    });
  });
}
document.addEventListener("click", enter, true);

/**
 * Move the focus back to what opened a popover once the page has closed it. Streamlit does so only after Escape.
 * The page may replace the popover's button, which then has another label, before or after the popover closes.
 */
function giveBack(body, opener) {
  const toWord = () => document.activeElement === document.body && opener.focus({ preventScroll: true });
  if (!opener.matches(BUTTON)) return whenGone(body, toWord);
  const key = [...opener.closest('[class*="st-key-"]').classList].find((name) => name.startsWith("st-key-"));
  const toButton = () =>
    whenThere(
      `.${CSS.escape(key)} ${BUTTON}`,
      (now) => {
        if (document.activeElement !== document.body) return;
        now.focus({ preventScroll: true });
        whenGone(now, toButton);
      },
      REPLACED,
    );
  whenGone(body, toButton);
}

/** Call a function once an element has left the page. */
function whenGone(element, act) {
  const observer = new ResizeObserver(() => {
    if (element.isConnected) return;
    observer.disconnect();
    act();
  });
  observer.observe(element);
}

/** Close a popover that the Tab key leaves, and move the focus back to its button. */
function leave({ key, target }) {
  const body = target.closest?.(POPOVER);
  if (key !== "Tab" || !body) return;
  // Once a list of choices in the popover has closed, Streamlit takes all its fields out of the order of the
  // Tab key until the focus comes in from outside.
  target.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
  // The browser moves the focus after this listener.
  setTimeout(() => {
    const button = document.querySelector(`${BUTTON}[aria-expanded="true"]`);
    if (!button || body.contains(document.activeElement)) return;
    button.click();
    button.focus();
  }, 0);
}
document.addEventListener("keydown", leave, true);

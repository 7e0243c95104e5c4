// Entry point of the live component. Each message names the kind of element that it is for.
// Indirect imports are also listed here, so that the browser requests all files at once.
import "./chart.js";
import "./hover.js";
import "./label_placement.js";
import "./page.js";
import "./present.js";
import { Front } from "./front.js";
import { Gallery } from "./gallery.js";
import { Actions, Answer, Headline, Stakeholder } from "./cards.js";
import { HoverChart } from "./hover_chart.js";
import { store } from "./player.js";
import { SortableTable } from "./sortable_table.js";
import { Tradeoff } from "./tradeoff.js";

const ELEMENTS = {
  actions: Actions,
  answer: Answer,
  chart: HoverChart,
  front: Front,
  gallery: Gallery,
  headline: Headline,
  stakeholder: Stakeholder,
  table: SortableTable,
  tradeoff: Tradeoff,
};
const drawn = new WeakMap();

/** Close a dialog on Escape even if it has lost the focus, for example to a button that was disabled meanwhile. */
function closeDialog({ key }) {
  if (key !== "Escape" || document.activeElement !== document.body) return;
  document.querySelector('[role="dialog"] button[aria-label="Close"]')?.click();
}
document.addEventListener("keydown", closeDialog);

/** Leave a text field of the record dialog before Escape closes the dialog, so that its text reaches the server. */
function leaveBox({ key, target }) {
  if (key === "Escape" && target.matches?.(".st-key-recording :is(textarea, [data-testid=stTextInput] input)")) target.blur();
}
document.addEventListener("keydown", leaveBox, true);

/** Reload the page if the screen turns dark or light, because the server draws a part of the page and does not notice. */
const dark = matchMedia("(prefers-color-scheme: dark)");
const drawnDark = dark.matches;
const SETTLED = 500; // milliseconds until a change of the colour scheme, or a print, is complete
let printing = false;
window.addEventListener("beforeprint", () => (printing = true));
window.addEventListener("afterprint", () => setTimeout(() => (printing = false), SETTLED));
dark.addEventListener("change", () => {
  setTimeout(() => {
    if (!printing && dark.matches !== drawnDark) location.reload();
  }, SETTLED);
});

/** Parse a message of `dashboard.live.component.envelope`. */
function read(data) {
  // The bytes are a part of a larger buffer, so they are copied to have their own.
  const bytes = data.slice();
  const size = new DataView(bytes.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  return { head, buffer: bytes.buffer, start: 4 + size };
}

/** Tell the server which button in a table was pressed. A button is identified by what it opens. */
let tellCells = () => {};
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-opens]");
  if (button) tellCells("opened", button.dataset.opens);
});

/** Handlers of messages without an element on the page. */
const HANDLERS = {
  ahead: () => {}, // sent only so that the browser loads this file early
  cells: (_, tell) => (tellCells = tell),
  page: (head, tell) => store.takePage(head, tell),
  paper: (head) => (store.paper = head.paper),
  stops: (head, ask) => store.takeStops(head, ask),
};

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".cg-live");
  const { head, buffer, start } = read(data);
  if (head.kind in HANDLERS) {
    HANDLERS[head.kind](head, setTriggerValue);
    return undefined;
  }
  let element = drawn.get(root);
  if (element === undefined) {
    root.replaceChildren();
    element = new ELEMENTS[head.kind](root, head);
    drawn.set(root, element);
    store.elements.add(element);
  }
  clearTimeout(element.leaving);
  element.say = setTriggerValue;
  element.take(head, buffer, start);
  return () => {
    // Streamlit also calls this before it updates the element, so the element is kept for a moment.
    element.leaving = setTimeout(() => {
      drawn.delete(root);
      store.elements.delete(element);
      element.end?.();
    }, 200);
  };
}

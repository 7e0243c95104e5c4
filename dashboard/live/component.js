// One component, several elements of the page: each says in its message which it is.
// What is imported further down is named here as well: the browser then asks for all of it at once.
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
  strip: HoverChart,
  table: SortableTable,
  tradeoff: Tradeoff,
};
const drawn = new WeakMap();

/** Close a dialog that Escape would not reach: a button that is disabled while its file is made gives up the focus. */
function closeDialog({ key }) {
  if (key !== "Escape" || document.activeElement !== document.body) return;
  document.querySelector('[role="dialog"] button[aria-label="Close"]')?.click();
}
document.addEventListener("keydown", closeDialog);

/** Leave a box of the record dialog before Escape closes the dialog, so that the server hears its text. */
function leaveBox({ key, target }) {
  if (key === "Escape" && target.matches?.(".st-key-recording :is(textarea, [data-testid=stTextInput] input)")) target.blur();
}
document.addEventListener("keydown", leaveBox, true);

/** A screen that turns dark, or light, while the page is open: half of it is drawn by the server, which hears nothing of it. */
const dark = matchMedia("(prefers-color-scheme: dark)");
const drawnDark = dark.matches;
const SETTLED = 500; // milliseconds after which a screen has turned, and paper is printed on
let printing = false;
window.addEventListener("beforeprint", () => (printing = true));
window.addEventListener("afterprint", () => setTimeout(() => (printing = false), SETTLED));
dark.addEventListener("change", () => {
  setTimeout(() => {
    if (!printing && dark.matches !== drawnDark) location.reload();
  }, SETTLED);
});

/** Read what `dashboard.live.message.envelope` wrote. */
function read(data) {
  // A copy, since the bytes may lie anywhere in the message that brought them.
  const bytes = data.slice();
  const size = new DataView(bytes.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  return { head, buffer: bytes.buffer, start: 4 + size };
}

/** Tells the server which button in a table was pressed, by what the button opens. */
let tellCells = () => {};
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-opens]");
  if (button) tellCells("opened", button.dataset.opens);
});

/** Messages that no element shows. */
const HEARD = {
  ahead: () => {}, // it came so that this file is here before anything is drawn
  cells: (_, tell) => (tellCells = tell),
  page: (head, tell) => store.takePage(head, tell),
  paper: (head) => (store.paper = head.paper),
  stops: (head, ask) => store.takeStops(head, ask),
};

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".cg-live");
  const { head, buffer, start } = read(data);
  if (head.kind in HEARD) {
    HEARD[head.kind](head, setTriggerValue);
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
    // Also called where the same element is about to be given more, which is no reason to begin anew.
    element.leaving = setTimeout(() => {
      drawn.delete(root);
      store.elements.delete(element);
      element.end?.();
    }, 200);
  };
}

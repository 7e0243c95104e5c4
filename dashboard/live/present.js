// Presentation: shows one part of a page at a time, enlarged and without controls. Arrow keys change the part.
import { make, openInPlace, whenThere } from "./dom.js";

/** Parts in the order in which they are shown, and the page of each. */
const STEPS = [
  { part: "cards", page: "decide" },
  { part: "part_front", page: "decide" },
  { part: "part_tradeoff", page: "decide" },
  { part: "part_strips", page: "models" },
  { part: "part_costs", page: "limits" },
];
/** Parts that fill the screen by themselves. */
const CHARTS = ["part_front", "part_tradeoff"];
/** Largest and smallest zoom. People at the back of a room cannot read smaller text. */
const [LARGEST, SMALLEST] = [1.5, 0.5];
const PHONE = "(max-width: 640px)";
/** Devices without arrow keys: phones and touch screens. */
const BY_HAND = `${PHONE}, (pointer: coarse)`;

let now = 0;
let place = "";
const selector = (part) => `.st-key-${part}`;
const element = (part) => document.querySelector(selector(part));
/** Address of a page. Decide has the address of the app. */
const address = (page) => new URL(`./${page === "decide" ? "" : page}${location.search}`, location.href);

function show(at) {
  now = Math.max(0, Math.min(STEPS.length - 1, at));
  const { part, page } = STEPS[now];
  document.body.dataset.cgPart = part;
  document.body.dataset.cgPlace = place.replace("{at}", now + 1).replace("{all}", STEPS.length);
  remember();
  if (element(part) === null) openInPlace(address(page));
  window.scrollTo(0, 0);
  requestAnimationFrame(() => whenThere(selector(part), () => document.body.dataset.cgPart === part && fit()));
}

/** Copies of the answer and of the assumptions, above and below each part. Only Decide has the originals. */
let answer = null;
let assumed = null;
/** Buttons at the foot, for devices without arrow keys. */
let bar = null;

function addBar({ earlier, later, leave: end }) {
  const button = (text, act) => {
    const element = make("button", { type: "button", class: "cg-button" }, text);
    element.onclick = act;
    return element;
  };
  bar = make("div", { class: "cg-live cg-turn" }, button(earlier, () => show(now - 1)), button(later, () => show(now + 1)), button(end, leave));
  document.body.append(bar);
}

function remember() {
  if (element("decide") === null) return;
  const parts = [".st-key-answer_point [data-testid=chosen]", ".st-key-answer_worth .cg-worth", ".st-key-answer_worth .cg-limits"];
  const [point, ...worth] = parts.map((part) => document.querySelector(part)?.cloneNode(true));
  if (point === undefined || worth.includes(undefined)) return;
  for (const copy of [point, ...worth].flatMap((part) => [part, ...part.querySelectorAll("[data-testid]")])) {
    copy.removeAttribute("data-testid"); // an id belongs to the original only
  }
  answer?.remove();
  answer = make("div", { class: "cg-live cg-kept-answer" }, point, make("div", {}, ...worth));
  document.body.append(answer);
  const words = document.querySelector(".cg-assumed");
  if (words === null) return; // not drawn yet
  assumed?.remove();
  assumed = make("p", { class: "cg-kept-assumed" }, ...words.cloneNode(true).childNodes);
  document.body.append(assumed);
}

/** Enlarge a part that is mostly text as far as it fits on the screen. */
function fit() {
  const page = document.querySelector('[data-testid="stMain"]');
  const block = document.querySelector('[data-testid="stMainBlockContainer"]');
  if (page === null || block === null) return;
  block.style.zoom = "";
  document.body.style.setProperty("--cg-kept", `${answer?.offsetHeight ?? 0}px`);
  document.body.style.setProperty("--cg-assumed", `${assumed?.offsetHeight ?? 0}px`);
  late.disconnect();
  if (CHARTS.includes(document.body.dataset.cgPart ?? CHARTS[0])) return;
  if (document.body.dataset.cgPart === undefined) return;
  // A long table on a phone is read by scrolling.
  if (element("decide") === null && matchMedia(PHONE).matches) return;
  const most = element("decide") === null ? LARGEST : 1; // the cards of Decide fill the screen as they are
  block.style.zoom = most;
  shrink();
  late.observe(block);
}

/** Reduce the zoom until the part fits. It runs again if the part grows because something was drawn late. */
function shrink() {
  const page = document.querySelector('[data-testid="stMain"]');
  const block = document.querySelector('[data-testid="stMainBlockContainer"]');
  if (page === null || block === null || CHARTS.includes(document.body.dataset.cgPart ?? CHARTS[0])) return;
  const isCut = () => page.scrollHeight > window.innerHeight || page.scrollWidth > window.innerWidth;
  for (let scale = Number(block.style.zoom || 1); scale > SMALLEST && isCut(); ) {
    scale -= 0.05;
    block.style.zoom = scale;
  }
}

const late = new ResizeObserver(shrink);

function turn(event) {
  const steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
  if (event.key === "Escape") leave();
  else if (event.key in steps) show(now + steps[event.key]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function leave() {
  document.removeEventListener("keydown", turn, true);
  delete document.body.dataset.cgPart;
  delete document.body.dataset.cgPlace;
  for (const element of [answer, assumed, bar]) element?.remove();
  answer = assumed = bar = null;
  window.removeEventListener("resize", fit);
  late.disconnect();
  fit();
  if (element("decide") === null) openInPlace(address("decide"));
}

/** Show the first part. `words.turn` and `words.place` have placeholders for the number of the part. */
export function present(words) {
  place = matchMedia(BY_HAND).matches ? words.place : words.turn;
  addBar(words);
  document.activeElement?.blur();
  document.addEventListener("keydown", turn, true);
  window.addEventListener("resize", fit);
  show(0);
}

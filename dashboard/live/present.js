// Presentation: one part at a time, large, without controls; the arrow keys turn, to other pages as well.
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
/** Below the second the back of the room could not read it. */
const [LARGEST, SMALLEST] = [1.5, 0.5];
const PHONE = "(max-width: 640px)";
/** A screen that is turned by hand: a phone, or a finger. */
const BY_HAND = `${PHONE}, (pointer: coarse)`;

let now = 0;
let place = "";
const selector = (part) => `.st-key-${part}`;
const element = (part) => document.querySelector(selector(part));
/** Address of a page; Decide's is the app's own. */
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

/** What stands above each part and at its foot: copies of the answer and of what is assumed, which other pages do not have. */
let kept = null;
let assumed = null;
/** Buttons at the foot, for a hand without keys. */
let bar = null;

function addBar({ earlier, later, leave: end }) {
  const button = (text, act) => {
    const one = make("button", { type: "button", class: "cg-button" }, text);
    one.onclick = act;
    return one;
  };
  bar = make("div", { class: "cg-live cg-turn" }, button(earlier, () => show(now - 1)), button(later, () => show(now + 1)), button(end, leave));
  document.body.append(bar);
}

function remember() {
  if (element("decide") === null) return;
  const parts = [".st-key-answer_point [data-testid=chosen]", ".st-key-answer_worth .cg-worth", ".st-key-answer_worth .cg-limits"];
  const [point, ...worth] = parts.map((part) => document.querySelector(part)?.cloneNode(true));
  if (point === undefined || worth.includes(undefined)) return;
  for (const one of [point, ...worth].flatMap((part) => [part, ...part.querySelectorAll("[data-testid]")])) {
    one.removeAttribute("data-testid"); // it is another's
  }
  kept?.remove();
  kept = make("div", { class: "cg-live cg-kept-answer" }, point, make("div", {}, ...worth));
  document.body.append(kept);
  const words = document.querySelector(".cg-assumed");
  if (words === null) return; // on its way
  assumed?.remove();
  assumed = make("p", { class: "cg-kept-assumed" }, ...words.cloneNode(true).childNodes);
  document.body.append(assumed);
}

/** Make a part that is mostly text as large as it can be and still be seen whole. */
function fit() {
  const page = document.querySelector('[data-testid="stMain"]');
  const block = document.querySelector('[data-testid="stMainBlockContainer"]');
  if (page === null || block === null) return;
  block.style.zoom = "";
  document.body.style.setProperty("--cg-kept", `${kept?.offsetHeight ?? 0}px`);
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

/** Make it smaller until all of it is seen; what is drawn late makes it higher once more. */
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
  const ways = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
  if (event.key === "Escape") leave();
  else if (event.key in ways) show(now + ways[event.key]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function leave() {
  document.removeEventListener("keydown", turn, true);
  delete document.body.dataset.cgPart;
  delete document.body.dataset.cgPlace;
  for (const one of [kept, assumed, bar]) one?.remove();
  kept = assumed = bar = null;
  window.removeEventListener("resize", fit);
  late.disconnect();
  fit();
  if (element("decide") === null) openInPlace(address("decide"));
}

/** Begin with the first part; `words.turn` says which step of how many is shown. */
export function present(words) {
  place = matchMedia(BY_HAND).matches ? words.place : words.turn;
  addBar(words);
  document.activeElement?.blur();
  document.addEventListener("keydown", turn, true);
  window.addEventListener("resize", fit);
  show(0);
}

// Presentation: one part of the page at a time, large, without controls; the arrow keys turn.

const PARTS = ["stakeholders", "front", "tradeoff", "verdict", "costs", "serving", "compare"];
/** Those that this page has. */
const there = () => PARTS.filter((part) => document.querySelector(`.st-key-part_${part}`) !== null);
/** Parts that fill the screen by themselves. */
const CHARTS = ["front", "tradeoff"];
/** Below this the back of the room could not read it. */
const SMALLEST = 0.5;

function show(part) {
  document.body.dataset.cgPart = part;
  const parts = there();
  document.body.dataset.cgPlace = `${parts.indexOf(part) + 1} of ${parts.length} · ← → to turn · Esc to leave`;
  window.scrollTo(0, 0);
  requestAnimationFrame(fit);
}

/** Make a part that is mostly text as much smaller as it must be to be seen whole. */
function fit() {
  const page = document.querySelector('[data-testid="stMain"]');
  const block = document.querySelector('[data-testid="stMainBlockContainer"]');
  if (page === null || block === null) return;
  block.style.zoom = "";
  if (CHARTS.includes(document.body.dataset.cgPart ?? CHARTS[0])) return;
  for (let scale = 0.95; scale >= SMALLEST && page.scrollHeight > window.innerHeight; scale -= 0.05) {
    block.style.zoom = scale;
  }
}

function turn(event) {
  const parts = there();
  const now = parts.indexOf(document.body.dataset.cgPart);
  const steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
  if (event.key === "Escape") leave();
  else if (event.key in steps) {
    show(parts[Math.max(0, Math.min(parts.length - 1, now + steps[event.key]))]);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function leave() {
  document.removeEventListener("keydown", turn, true);
  delete document.body.dataset.cgPart;
  delete document.body.dataset.cgPlace;
  window.removeEventListener("resize", fit);
  fit();
}

/** Begin with the first part. */
export function present() {
  document.activeElement?.blur();
  document.addEventListener("keydown", turn, true);
  window.addEventListener("resize", fit);
  show(there()[0]);
}

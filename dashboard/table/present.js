// Presentation: one part of the page at a time, large, without controls; the arrow keys turn.

const PARTS = ["seats", "front", "tradeoff", "verdict", "costs", "compare"];

function show(part) {
  document.body.dataset.cgPart = part;
  document.body.dataset.cgPlace = `${PARTS.indexOf(part) + 1} of ${PARTS.length} · ← → to turn · Esc to leave`;
  window.scrollTo(0, 0);
}

function turn(event) {
  const now = PARTS.indexOf(document.body.dataset.cgPart);
  const steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
  if (event.key === "Escape") leave();
  else if (event.key in steps) {
    show(PARTS[Math.max(0, Math.min(PARTS.length - 1, now + steps[event.key]))]);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function leave() {
  document.removeEventListener("keydown", turn, true);
  delete document.body.dataset.cgPart;
  delete document.body.dataset.cgPlace;
}

/** Begin with the first part. */
export function present() {
  document.activeElement?.blur();
  document.addEventListener("keydown", turn, true);
  show(PARTS[0]);
}

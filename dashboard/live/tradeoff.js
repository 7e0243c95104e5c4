// The threshold trade-off: three curves of one model, and the threshold itself under the reader's hand.
import { CHECKING, besideToday, inPerCent, limitsWords, pointWords, thresholdWords } from "./cards.js";
import { Chart, pixel, place, set, shape, visible, width } from "./chart.js";
import { Hover, figureLine } from "./hover.js";
import { make } from "./dom.js";
import { overlap } from "./label_placement.js";
import { store, toNumber } from "./store.js";
import { MINUS, exactThreshold, figure, shortened } from "./number_formatting.js";

const ALONG = { threshold: null, flagged: "share_flagged", recall: "recall" };
const STEPS = 10_000;
const THRESHOLD = "Threshold";
/** Counts, what they are called, and which of the scenario's factors makes a year's of a file's. */
const COUNTS = [
  ["fn", "missed", 0],
  ["fp", "false alarms", 1],
];
const COUNT = { unit: "COUNT", signed: false };
/** At how many thresholds a curve is drawn while a hand holds the lower one. */
const PLACES = 150;
/** Pixels of the bar along the axis where all limits are met: its height, and the least length of a part. */
const [BAR, SHORTEST] = [5, 3];
/** Pixels between two curves: the height of a title and of half a tick. */
const BETWEEN = 30;
const TYPE = 13; // pixels of a figure's type

/** Give each curve as much of the height, with room for a title between two however high the chart is. */
function share(layout) {
  const axes = Object.keys(layout).filter((name) => /^yaxis/.test(name));
  const gap = Math.min(0.2, BETWEEN / (layout.height - layout.margin.t - layout.margin.b));
  const high = (1 - gap * (axes.length - 1)) / axes.length;
  for (const name of axes) {
    const from = (axes.length - Number(name.slice(5) || 1)) * (high + gap);
    layout[name].domain = [from, Math.min(1, from + high)];
  }
}

export class Tradeoff {
  constructor(root) {
    this.models = make("select", { "aria-label": "Model" });
    this.exact = make("input", { type: "number", step: "any", "aria-label": "Exact threshold" });
    this.beyond = make("span", { role: "status" });
    const pin = make("button", { type: "button", class: "cg-button" }, "Pin");
    pin.title = "Keep this point beside the one you choose next";
    this.counts = new Map(COUNTS.map(([name]) => [name, make("b", { "data-testid": `count-${name}` })]));
    const words = COUNTS.map(([name, said], k) => {
      return make("span", {}, this.counts.get(name), ` ${said}${k < COUNTS.length - 1 ? ", " : ""}`);
    });
    [this.missed, this.alarms] = words;
    this.then = make("span", { "data-testid": "alarms-today" });
    const line = make("p", { class: "cg-counts" }, make("span", {}, ...words, this.then), this.beyond);
    this.from = make("input", { type: "number", step: "any", "aria-label": "Exact lower threshold" });
    this.inspected = make("label", { class: "cg-inspected", hidden: "" }, "inspected from ", this.from, " to");
    this.back = make("button", { type: "button", class: "cg-button", "data-testid": "best-band" }, "Best band");
    this.back.title = "Both thresholds back to the pair of this model that costs least";
    const controls = make("div", { class: "cg-controls cg-hide-presenting" });
    controls.append(this.models, this.inspected, this.exact, this.back, pin);
    this.range = make("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": THRESHOLD });
    this.range.dataset.testid = "threshold";
    this.lower = make("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": "Ship below", hidden: "" });
    this.lower.dataset.testid = "ship-below";
    this.lower.classList.add("cg-lower");
    this.place = make("div", { class: "cg-range" }, this.range, this.lower);
    const part = make("div", { "data-part": "threshold", class: "cg-threshold" });
    part.append(make("div", { class: "cg-threshold-line" }, controls, line), this.place);
    root.append(part);
    this.chart = new Chart(root, () => this.draw(), { config: { displayModeBar: false }, adapt: share, least: 240, fills: true });
    this.hover = new Hover(this.chart.box);
    this.#listen(pin);
  }

  #listen(pin) {
    this.#handle(this.range, () => store.at, (at) => store.moveUpper(at));
    this.#handle(this.lower, () => store.lower, (lower) => store.moveLower(lower));
    this.back.addEventListener("click", () => {
      store.move(store.model, store.cheapest);
      store.release();
      this.range.focus(); // the button is gone with what it takes back
    });
    this.models.addEventListener("change", () => {
      store.show(this.models.selectedIndex);
      store.release();
    });
    this.exact.addEventListener("change", () => {
      if (this.exact.value === "") return;
      store.moveUpper(store.position(store.model, this.exact.valueAsNumber));
      store.release();
      this.exact.blur(); // what stands there now is the threshold in force
      this.draw();
    });
    this.from.addEventListener("change", () => {
      if (this.from.value === "") return;
      store.moveLower(store.position(store.model, this.from.valueAsNumber));
      store.release();
      this.from.blur();
      this.draw();
    });
    pin.addEventListener("click", () => store.say("pinned"));
    this.chart.box.addEventListener("pointermove", (event) => this.#pointed(event));
    this.chart.box.addEventListener("pointerleave", () => this.#left());
  }

  /** Let a hand move one of the two thresholds. */
  #handle(thumb, now, move) {
    thumb.addEventListener("pointerdown", () => {
      this.held = thumb;
      store.grasp();
    });
    // A thumb that was pressed and not moved, or moved and brought back, says no change.
    for (const name of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) {
      // Of the other thumb a blur comes once this one is in the hand.
      thumb.addEventListener(name, () => setTimeout(() => this.keyed || this.held !== thumb || store.letGo(), 0));
    }
    thumb.addEventListener("input", () => {
      if (this.#current) move(this.#nearest(this.#axis.start + (thumb.valueAsNumber / STEPS) * this.#axis.length));
    });
    thumb.addEventListener("change", () => store.letGo());
    thumb.addEventListener("keydown", (event) => this.#pressed(event, now(), move));
    thumb.addEventListener("keyup", () => this.#released());
    thumb.addEventListener("blur", () => this.#released());
  }

  take(head, buffer, start) {
    this.head = head;
    this.chart.describe(head.alt);
    this.chart.overlay.replaceChildren();
    this.pointer = shape("line", { class: "cg-pointer" });
    this.kept = shape("g", {});
    this.chart.overlay.append(this.kept, this.pointer);
    this.rows = head.objectives.map((id) => {
      const row = {
        id,
        band: shape("rect", { class: "cg-review" }),
        held: shape("path", { class: "cg-held-line" }),
        line: shape("line", { class: "cg-line" }),
        dot: shape("circle", { r: 5, class: "cg-dot" }),
        label: shape("text", { class: "cg-mark" }),
        pinLine: shape("line", { class: "cg-pin-line" }),
        pin: shape("rect", { width: 11, height: 11, class: "cg-pin" }),
      };
      this.chart.overlay.append(row.band, row.held, row.pinLine, row.pin, row.line, row.dot, row.label);
      return row;
    });
    this.chart.show(new Uint8Array(buffer, start)).then(() => this.draw());
    this.draw();
  }

  /** Place of each operating point of the model on the axis. */
  #along(at, model = store.model) {
    const id = ALONG[this.head.axis];
    return id === null ? store.threshold(model, at) : store.value(id, model, at);
  }

  get #axis() {
    return this.chart.axis("x");
  }

  /** Data coordinates of the selected point and of the pinned one: along the axis, and on each upright one. */
  #points() {
    const selected = { x: this.#along(store.at), ys: this.rows.map(({ id }) => store.value(id)) };
    if (!store.pinned) return { selected };
    const { figures } = store.page.pinned;
    return { selected, pinned: { x: this.#along(store.pinned[1], store.pinned[0]), ys: this.rows.map(({ id }) => toNumber(figures[id])) } };
  }

  /** Whether the chart shows the model that is under discussion: after a change it comes a moment later. */
  get #current() {
    return this.chart.ready && this.head.model === store.page.models[store.model].name;
  }

  /** Position of the operating point nearest to a pixel of the axis. */
  #nearest(wanted) {
    const axis = this.#axis;
    const rising = this.head.axis === "threshold"; // the other two fall as the threshold rises
    let low = 0;
    let high = store.pack.sizes[store.model] - 1;
    const beyond = (at) => {
      const x = this.#along(at);
      if (x === Infinity) return true;
      return rising ? place(axis, x) > wanted : place(axis, x) < wanted;
    };
    while (low < high) {
      const middle = (low + high) >> 1;
      if (beyond(middle)) high = middle;
      else low = middle + 1;
    }
    const before = Math.max(0, low - 1);
    const far = (at) => Math.abs(place(axis, this.#along(at)) - wanted);
    return this.#along(low) === Infinity || far(before) <= far(low) ? before : low;
  }

  /** Keys move from point to point, so that none is out of reach; a chart on its way is not waited for. */
  #pressed(event, now, move) {
    if (!store.ready) return;
    const rising = this.head.axis === "threshold" ? 1 : -1;
    const last = store.pack.sizes[store.model] - 1;
    const ends = rising > 0 ? [0, last] : [last, 0];
    const { left, right } = this.#current ? this.chart.frame() : {};
    const edges = this.#current ? [this.#nearest(left), this.#nearest(right)] : ends;
    const page = Math.max(1, Math.round(Math.abs(edges[1] - edges[0]) / 20));
    const at = {
      ArrowRight: now + rising,
      ArrowUp: now + rising,
      ArrowLeft: now - rising,
      ArrowDown: now - rising,
      PageUp: now + rising * page,
      PageDown: now - rising * page,
      Home: edges[0],
      End: edges[1],
    }[event.key];
    if (at === undefined) return;
    event.preventDefault();
    store.grasp();
    this.keyed = true;
    move(Math.max(0, Math.min(last, at)));
  }

  #released() {
    if (!this.keyed) return;
    this.keyed = false;
    store.letGo();
  }

  draw() {
    if (!store.ready) return;
    this.#drawModels();
    const { judged, objectives, said, scenario, stakeholders, today } = store.page;
    for (const [name, , rate] of COUNTS) {
      this.counts.get(name).textContent = figure(COUNT, store.count(name) * scenario.factors[rate], scenario);
    }
    // What is caught stands in the answer, in per cent, and what is missed mostly on a card.
    this.missed.hidden = stakeholders.some(({ objective }) => objective === "missed_defects");
    const stopped = inPerCent(store.value("share_flagged"));
    this.alarms.title = `False alarms: good units that are stopped. Of all units ${stopped} are stopped, good or defective`;
    const alarms = store.value("false_alarms");
    const alarmsToday = toNumber(today.figures.false_alarms);
    const sure = store.atRest ? said.alarms : judged && alarms !== alarmsToday ? CHECKING : "";
    const words = [besideToday(objectives.false_alarms, alarms), sure].filter(Boolean);
    // Who stops nothing has no false alarms either.
    this.then.textContent = scenario.inspected || !(alarmsToday > 0) ? "" : ` (${words.join(", ")})`;
    const lower = this.#lower;
    const from = lower === null ? "" : `inspected from ${thresholdWords(store.model, lower)} to`;
    this.range.setAttribute("aria-valuetext", `${from} ${pointWords(store.model, store.at)}`.trim());
    const { inspected } = scenario;
    this.range.setAttribute("aria-label", inspected ? "Reject from" : THRESHOLD);
    this.lower.hidden = this.inspected.hidden = !inspected;
    this.lower.setAttribute("aria-valuetext", `${pointWords(store.model, store.lower)}`);
    this.back.hidden = !inspected || (store.below === null && store.at === store.cheapest);
    this.chart.box.classList.toggle("cg-waiting", this.head.model !== store.page.models[store.model].name);
    const nothing = store.threshold(store.model, store.at) === Infinity;
    const dashed = this.#isHeld ? " · dashed: with this lower threshold" : "";
    this.beyond.textContent = nothing ? " · nothing is flagged" : dashed;
    for (const [field, at] of [[this.exact, store.at], [this.from, store.lower]]) {
      if (field === field.getRootNode().activeElement) continue;
      const isThere = Number.isFinite(store.threshold(store.model, at));
      // Also behind the exponent of a small one.
      field.value = isThere ? thresholdWords(store.model, at).replaceAll(MINUS, "-") : "";
    }
    const all = nothing ? "" : ` Now ${exactThreshold(store.threshold(store.model, store.at))}.`;
    this.exact.title = `The units scored at or above it are flagged.${all}`;
    const points = this.#current ? this.#points() : null;
    const x = points?.selected.x ?? NaN;
    this.chart.overlay.style.visibility = this.#current ? "visible" : "hidden";
    this.chart.overlay.style.opacity = Number.isFinite(x) ? 1 : 0.45;
    // Of a page that was just turned nothing has a size any more.
    if (!this.#current || !this.chart.box.isConnected) return;
    const axis = this.#axis;
    const { start, length } = axis;
    this.place.style.paddingLeft = `${start - 8}px`;
    this.range.style.width = `${length + 16}px`;
    // What has no place, as the threshold that flags nothing, is at the far end.
    const along = (value) => (Number.isFinite(value) ? pixel(axis, value) : start + length);
    const held = store.moving && !this.keyed ? this.held : null;
    if (held !== this.range) this.range.value = ((along(x) - start) / length) * STEPS;
    if (inspected) {
      if (held !== this.lower) this.lower.value = ((along(this.#along(store.lower)) - start) / length) * STEPS;
      // Half a thumb, on the side to which it can go where both stand at one place.
      const right = this.head.axis !== "threshold";
      this.lower.classList.toggle("cg-right", right);
      this.lower.style.left = `${start - (right ? 0 : 8)}px`;
      this.lower.style.width = `${length + 8}px`;
    }
    this.#drawOverlay(points, along(x));
  }

  /** Say the figures of all stakeholders at the threshold under the pointer. */
  #pointed(event) {
    if (!store.ready || !this.#current || store.moving || event.buttons) {
      this.#left();
      return;
    }
    const box = this.chart.box.getBoundingClientRect();
    const { left, right } = this.chart.frame();
    const [top, bottom] = [this.#frames[0].top, this.#frames.at(-1).bottom];
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    if (x < left || x > right || y < top || y > bottom) {
      this.#left();
      return;
    }
    const at = this.#nearest(x);
    const there = pixel(this.#axis, this.#along(at));
    set(this.pointer, { x1: there, x2: there, y1: top, y2: bottom, visibility: "visible" });
    const words = pointWords(store.model, at);
    const lines = this.rows.map(({ id }) => figureLine(id, store.model, at));
    const { limits } = limitsWords((id) => store.value(id, store.model, at));
    this.hover.show([words, ...lines, figureLine("share_flagged", store.model, at), limits].filter(Boolean), event);
  }

  #left() {
    this.hover.hide();
    this.pointer?.setAttribute("visibility", "hidden");
  }

  /** Upright axis of a row. */
  #upright = (k) => this.chart.axis(k ? `y${k + 1}` : "y");

  /** Rectangles between the axes, one a row. */
  get #frames() {
    return this.rows.map((_, k) => this.chart.frame("x", k ? `y${k + 1}` : "y"));
  }

  /** Mark the pinned point, whichever model's it is. */
  #drawPinned(pinned, frames) {
    const isThere = Number.isFinite(pinned?.x);
    const x = isThere ? pixel(this.#axis, pinned.x) : NaN;
    this.rows.forEach((row, k) => {
      const isMarked = isThere && Number.isFinite(pinned.ys[k]);
      row.pinLine.style.display = isThere ? "" : "none";
      row.pin.style.display = isMarked ? "" : "none";
      if (isThere) set(row.pinLine, { x1: x, x2: x, y1: frames[k].top, y2: frames[k].bottom });
      if (isMarked) set(row.pin, { x: x - 5.5, y: pixel(this.#upright(k), pinned.ys[k]) - 5.5 });
    });
  }

  /** Draw a bar along the shared axis where all limits are met. */
  #drawKept({ left, right, bottom }) {
    const axis = this.#axis;
    const height = BAR * this.chart.scale;
    const bars = store.kept.flatMap(([first, last]) => {
      // A figure holds from just above the threshold before up to its own.
      const from = this.head.axis === "threshold" ? first - 1 : first;
      const ends = [from < 0 ? -Infinity : this.#along(from), this.#along(last)].map((x) => place(axis, x));
      const [low, high] = [Math.max(left, Math.min(...ends)), Math.min(right, Math.max(...ends))];
      if (!(high >= low)) return []; // out of sight, or without a place
      const x = Math.min(low, right - SHORTEST);
      return [shape("rect", { x, y: bottom + 1 - height, width: Math.max(SHORTEST, high - x), height, class: "cg-kept" })];
    });
    this.kept.replaceChildren(...bars);
  }

  /** Position of the threshold below which units are shipped, where those up to the chosen one are inspected. */
  get #lower() {
    return store.lower < store.at ? store.lower : null;
  }

  /** Shade what is inspected: from the lower threshold up to the chosen one, on the axis of thresholds alone. */
  #drawBand(frames, to) {
    const lower = this.head.axis === "threshold" ? this.#lower : null;
    const x = lower === null ? to : pixel(this.#axis, store.threshold(store.model, lower));
    this.rows.forEach(({ band }, k) => {
      band.style.display = lower === null ? "none" : "";
      set(band, { x, y: frames[k].top, width: to - x, height: frames[k].bottom - frames[k].top });
    });
  }

  /** Whether the point has left its model's curves, which are of the lower thresholds that cost least. */
  get #isHeld() {
    return store.below !== null && this.head.axis === "threshold";
  }

  /** The curves with the lower threshold that a hand has set, at some places of the axis. */
  #drawHeld() {
    const last = store.pack.sizes[store.model] - 1;
    const first = this.#isHeld ? store.below : last;
    const step = Math.max(1, Math.ceil((last - first) / PLACES));
    const places = [];
    for (let at = first; at < last; at += step) places.push(at);
    if (store.at > first && store.at < last) places.push(store.at);
    places.sort((a, b) => a - b);
    this.rows.forEach((row, k) => {
      const upright = this.#upright(k);
      let path = "";
      let isOn = false;
      for (const at of this.#isHeld && !store.page.objectives[row.id].ofModel ? places : []) {
        const value = store.ofBand(row.id, at);
        const isIn = visible(upright, value);
        const spot = [pixel(this.#axis, store.threshold(store.model, at)), pixel(upright, value)];
        if (isIn) path += `${isOn ? "L" : "M"}${spot.map((each) => each.toFixed(1)).join(" ")}`;
        isOn = isIn;
      }
      set(row.held, { d: path });
      row.held.style.stroke = store.page.models[store.model].color;
    });
  }

  #drawOverlay({ selected, pinned }, x) {
    const frames = this.#frames;
    this.#drawKept(frames.at(-1));
    this.#drawBand(frames, x);
    this.#drawHeld();
    this.#drawPinned(pinned, frames);
    this.rows.forEach((row, k) => {
      const { top, bottom } = frames[k];
      set(row.line, { x1: x, x2: x, y1: top, y2: bottom });
      const value = selected.ys[k];
      const isThere = Number.isFinite(value);
      row.dot.style.display = row.label.style.display = isThere ? "" : "none";
      if (!isThere) return;
      const y = pixel(this.#upright(k), value);
      set(row.dot, { cx: x, cy: y });
      row.label.textContent = figure(store.page.objectives[row.id], value, store.page.scenario);
      this.#nameDot(row, k, { x, y }, frames[k]);
    });
  }

  /** Write the figure beside its dot: on the side where neither the curve nor a level line runs through it. */
  #nameDot(row, k, { x, y }, { left, right, top, bottom }) {
    const size = TYPE * this.chart.scale;
    const wide = width(row.label.textContent, size);
    row.label.style.fontSize = `${size}px`;
    const [axis, upright] = [this.#axis, this.#upright(k)];
    const curve = this.chart.data.find(({ name }) => name === row.id);
    const level = [toNumber(store.page.today.figures[row.id]), ...this.head.limits[k]].map((value) => place(upright, value));
    const places = [1, -1].flatMap((side, order) =>
      [-9, size + 6, -9 - size, 2 * size + 6].map((down, far) => {
        const edge = x + side * 11;
        const box = { left: Math.min(edge, edge + side * wide), right: Math.max(edge, edge + side * wide), top: y + down - 0.8 * size, bottom: y + down + 2 };
        const isCut = box.left < left || box.right > right || box.top < top || box.bottom > bottom;
        const crossed = level.filter((height) => height > box.top - 3 && height < box.bottom + 3).length;
        const on = Array.from(curve?.x ?? []).filter((at, j) => {
          const spot = [place(axis, at), place(upright, curve.y[j])];
          return overlap(box, { left: spot[0] - 1, right: spot[0] + 1, top: spot[1] - 1, bottom: spot[1] + 1 });
        });
        return { edge, side, height: y + down, cost: 1000 * isCut + 200 * crossed + 5 * on.length + 4 * order + far };
      }),
    );
    const best = places.sort((one, other) => one.cost - other.cost)[0];
    const height = Math.max(top + 0.8 * size, Math.min(bottom - 3, best.height));
    set(row.label, { x: best.edge, y: height, "text-anchor": best.side > 0 ? "start" : "end" });
  }

  #drawModels() {
    const labels = store.page.models.map((model) => model.label);
    const known = labels.join("\n");
    if (known !== this.known) {
      this.known = known;
      this.models.replaceChildren(...labels.map((label) => make("option", { title: label }, shortened(label, 28))));
    }
    if (this.models.selectedIndex !== store.model) this.models.selectedIndex = store.model;
  }

  end() {
    this.chart.end();
  }
}

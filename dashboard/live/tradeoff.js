// The threshold trade-off: three curves of one model, and the threshold itself under the reader's hand.
import { CHECKING, besideToday, inPerCent, limitsWords, pointWords, thresholdWords } from "./cards.js";
import { Chart, along, pixel, set, shape, visible } from "./chart.js";
import { Hover, figureLine } from "./hover.js";
import { make } from "./dom.js";
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
/** Pixels of the bar along the axis where all limits are kept: how high it is, and how long a part or a gap at the least. */
const [BAR, SHORTEST] = [5, 3];
/** Pixels between two curves: the height of a title and of half a tick. */
const BETWEEN = 30;

/** Where the curves lie, one below the other, with room for a title between them however high the chart is. */
function domains(layout, height) {
  const axes = Object.keys(layout).filter((name) => /^yaxis/.test(name));
  if (axes.length < 2) return {};
  const gap = Math.min(0.2, BETWEEN / height);
  const high = (1 - gap * (axes.length - 1)) / axes.length;
  const at = (axis) => (axes.length - Number(axis.slice(5) || 1)) * (high + gap);
  return Object.fromEntries(axes.map((axis) => [`${axis}.domain`, [at(axis), Math.min(1, at(axis) + high)]]));
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
    this.inPixels = new Map();
    const adapt = (layout, _, height) => domains(layout, height - layout.margin.t - layout.margin.b);
    this.chart = new Chart(root, () => this.draw(), { config: { displayModeBar: false }, adapt, least: 240, fills: true });
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
      if (this.#current) move(this.#nearest((thumb.valueAsNumber / STEPS) * this.#axis._length));
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
    return this.chart.plot._fullLayout.xaxis;
  }

  /** Whether the chart shows the model that is under discussion: after a change it comes a moment later. */
  get #current() {
    return this.chart.ready && this.head.model === store.page.models[store.model].name;
  }

  /** Position of the operating point nearest to a pixel of the axis. */
  #nearest(wanted) {
    const rising = this.head.axis === "threshold"; // the other two fall as the threshold rises
    let low = 0;
    let high = store.pack.sizes[store.model] - 1;
    const beyond = (at) => {
      const x = this.#along(at);
      if (x === Infinity) return true;
      return rising ? along(this.#axis, x) > wanted : along(this.#axis, x) < wanted;
    };
    while (low < high) {
      const middle = (low + high) >> 1;
      if (beyond(middle)) high = middle;
      else low = middle + 1;
    }
    const before = Math.max(0, low - 1);
    const far = (at) => Math.abs(along(this.#axis, this.#along(at)) - wanted);
    return this.#along(low) === Infinity || far(before) <= far(low) ? before : low;
  }

  /** Keys move from point to point, so that none is out of reach; a chart on its way is not waited for. */
  #pressed(event, now, move) {
    if (!store.ready) return;
    const rising = this.head.axis === "threshold" ? 1 : -1;
    const last = store.pack.sizes[store.model] - 1;
    const ends = rising > 0 ? [0, last] : [last, 0];
    const edges = this.#current ? [this.#nearest(0), this.#nearest(this.#axis._length)] : ends;
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
    const x = this.#current ? this.#along(store.at) : NaN;
    this.chart.overlay.style.visibility = this.#current ? "visible" : "hidden";
    this.chart.overlay.style.opacity = Number.isFinite(x) ? 1 : 0.45;
    // Of a page that was just turned nothing has a size any more.
    if (!this.#current || !this.chart.box.isConnected) return;
    const { _length: length, _offset: offset } = this.#axis;
    this.place.style.paddingLeft = `${offset - 8}px`;
    this.range.style.width = `${length + 16}px`;
    const at = Number.isFinite(x) ? pixel(this.#axis, x) - offset : length;
    const held = store.moving && !this.keyed ? this.held : null;
    if (held !== this.range) this.range.value = (at / length) * STEPS;
    if (inspected) {
      const there = this.#along(store.lower);
      const low = Number.isFinite(there) ? pixel(this.#axis, there) - offset : length;
      if (held !== this.lower) this.lower.value = (low / length) * STEPS;
      // Half a thumb, on the side to which it can go where both stand at one place.
      const right = this.head.axis !== "threshold";
      this.lower.classList.toggle("cg-right", right);
      this.lower.style.left = `${offset - (right ? 0 : 8)}px`;
      this.lower.style.width = `${length + 8}px`;
    }
    this.#drawOverlay(offset + at, length + offset);
  }

  /** Say the figures of all stakeholders at the threshold under the pointer. */
  #pointed(event) {
    if (!store.ready || !this.#current || store.moving || event.buttons) {
      this.#left();
      return;
    }
    const { top, left } = this.chart.box.getBoundingClientRect();
    const axes = this.#uprights();
    const { _length: length, _offset: offset } = this.#axis;
    const [from, to] = [axes[0]._offset, axes.at(-1)._offset + axes.at(-1)._length];
    const [x, y] = [event.clientX - left - offset, event.clientY - top];
    if (x < 0 || x > length || y < from || y > to) {
      this.#left();
      return;
    }
    const at = this.#nearest(x);
    const there = pixel(this.#axis, this.#along(at));
    set(this.pointer, { x1: there, x2: there, y1: from, y2: to, visibility: "visible" });
    const words = pointWords(store.model, at);
    const lines = this.rows.map(({ id }) => figureLine(id, store.model, at));
    const { limits } = limitsWords((id) => store.value(id, store.model, at));
    this.hover.show([words, ...lines, figureLine("share_flagged", store.model, at), limits].filter(Boolean), event);
  }

  #left() {
    this.hover.hide();
    this.pointer?.setAttribute("visibility", "hidden");
  }

  /** The upright axes, one a stakeholder. */
  #uprights() {
    const layout = this.chart.plot._fullLayout;
    return this.rows.map((_, k) => layout[k === 0 ? "yaxis" : `yaxis${k + 1}`]);
  }

  /** Mark the pinned point, whichever model's it is. */
  #drawPinned(axes) {
    const { pinned } = store;
    const x = pinned ? this.#along(pinned[1], pinned[0]) : NaN;
    const left = Number.isFinite(x) ? pixel(this.#axis, x) : NaN;
    this.rows.forEach((row, k) => {
      const value = pinned ? toNumber(store.page.pinned.figures[row.id]) : NaN;
      const there = Number.isFinite(left);
      row.pinLine.style.display = there ? "" : "none";
      row.pin.style.display = there && Number.isFinite(value) ? "" : "none";
      if (!there) return;
      const { _offset: from, _length: high } = axes[k];
      set(row.pinLine, { x1: left, x2: left, y1: from, y2: from + high });
      if (Number.isFinite(value)) set(row.pin, { x: left - 5.5, y: pixel(axes[k], value) - 5.5 });
    });
  }

  /** Pixels of the axis along which all limits are kept, stretch by stretch. */
  #keptSpans() {
    const axis = this.#axis;
    const out = [];
    for (const [first, last] of store.kept) {
      // A figure holds from just above the threshold before up to its own.
      const from = this.head.axis === "threshold" ? first - 1 : first;
      const ends = [from < 0 ? -Infinity : this.#along(from), this.#along(last)].map((x) => along(axis, x));
      const [low, high] = [Math.min(...ends), Math.max(...ends)];
      if (!(high >= 0 && low <= axis._length)) continue; // out of sight, or without a place
      const [left, right] = [Math.max(0, low), Math.min(axis._length, high)];
      const span = [Math.min(left, right - SHORTEST), right];
      const before = out.at(-1);
      if (before !== undefined && Math.max(span[0], before[0]) - Math.min(span[1], before[1]) < SHORTEST) {
        out[out.length - 1] = [Math.min(span[0], before[0]), Math.max(span[1], before[1])];
      } else out.push(span);
    }
    return out;
  }

  /** Draw a bar along the shared axis where all limits are kept. */
  #drawKept(axes) {
    const { _offset: left } = this.#axis;
    const { _offset: top, _length: high } = axes.at(-1);
    const height = BAR * this.chart.scale;
    const spans = this.#keptSpans();
    const drawn = JSON.stringify([spans, left, top, high, height]);
    if (drawn === this.kept.dataset.drawn) return;
    this.kept.dataset.drawn = drawn;
    const y = top + high + 1 - height;
    this.kept.replaceChildren(
      ...spans.map(([from, to]) => shape("rect", { x: left + from, y, width: to - from, height, class: "cg-kept" })),
    );
  }

  /** Position of the threshold below which units are shipped, where those up to the chosen one are inspected. */
  get #lower() {
    return store.lower < store.at ? store.lower : null;
  }

  /** Shade what is inspected: from the lower threshold up to the chosen one, on the axis of thresholds alone. */
  #drawBand(axes, left) {
    const lower = this.head.axis === "threshold" ? this.#lower : null;
    const { _offset: offset, _length: length } = this.#axis;
    const inside = (x) => Math.max(offset, Math.min(offset + length, x));
    const from = lower === null ? left : inside(pixel(this.#axis, store.threshold(store.model, lower)));
    this.rows.forEach((row, k) => {
      row.band.style.display = lower === null ? "none" : "";
      const { _offset: y, _length: height } = axes[k];
      set(row.band, { x: from, y, width: Math.max(0, inside(left) - from), height });
    });
  }

  /** Whether the point has left its model's curves, which are of the lower thresholds that cost least. */
  get #isHeld() {
    return store.below !== null && this.head.axis === "threshold";
  }

  /** The curves with the lower threshold that a hand has set, at some places of the axis. */
  #drawHeld(axes) {
    const last = store.pack.sizes[store.model] - 1;
    const first = this.#isHeld ? store.below : last;
    const step = Math.max(1, Math.ceil((last - first) / PLACES));
    const places = [];
    for (let at = first; at < last; at += step) places.push(at);
    if (store.at > first && store.at < last) places.push(store.at);
    places.sort((a, b) => a - b);
    this.rows.forEach((row, k) => {
      const { _offset: from, _length: high } = axes[k];
      let path = "";
      let isOn = false;
      for (const at of this.#isHeld && !store.page.objectives[row.id].ofModel ? places : []) {
        const y = pixel(axes[k], store.ofBand(row.id, at));
        const isIn = y >= from && y <= from + high;
        if (isIn) path += `${isOn ? "L" : "M"}${pixel(this.#axis, store.threshold(store.model, at)).toFixed(1)} ${y.toFixed(1)}`;
        isOn = isIn;
      }
      set(row.held, { d: path });
      row.held.style.stroke = store.page.models[store.model].color;
    });
  }

  #drawOverlay(left, end) {
    const axes = this.#uprights();
    this.#drawKept(axes);
    this.#drawBand(axes, left);
    this.#drawHeld(axes);
    this.#drawPinned(axes);
    const from = (k) => axes[k]._offset;
    this.rows.forEach((row, k) => {
      set(row.line, { x1: left, x2: left, y1: from(k), y2: from(k) + axes[k]._length });
      const value = store.value(row.id);
      const there = Number.isFinite(value);
      row.dot.style.display = row.label.style.display = there ? "" : "none";
      if (!there) return;
      const top = pixel(axes[k], value);
      set(row.dot, { cx: left, cy: top });
      // In its own panel, and where neither the curve nor a level line runs through it, if there is such a place.
      const words = figure(store.page.objectives[row.id], value, store.page.scenario);
      const size = this.#textSize(axes);
      const [low, high] = [from(k) + 0.8 * size, from(k) + axes[k]._length - 3];
      const crossed = this.#crossings(row.id, axes[k], this.head.limits[k]);
      const places = [];
      for (const right of left > end - 8.5 * size ? [false] : [true, false]) {
        for (const y of [top - 9, top + size + 6, top - 9 - size, top + 2 * size + 6]) {
          const x = left + (right ? 11 : -11);
          const wide = 0.56 * size * words.length;
          const box = { left: right ? x : x - wide, right: right ? x + wide : x, top: y - 0.8 * size, bottom: y + 2 };
          const outside = y < low || y > high || box.left < this.#axis._offset ? 1000 : 0;
          places.push({ x, y: Math.max(low, Math.min(high, y)), right, cost: outside + crossed(box) + places.length });
        }
      }
      const { x, y, right } = places.sort((a, b) => a.cost - b.cost)[0];
      set(row.label, { x, y, "text-anchor": right ? "start" : "end" });
      row.label.textContent = words;
    });
  }

  /** Pixels of a figure's letters, asked once a drawing: to ask makes the browser style the whole page at once. */
  #textSize(axes) {
    const drawing = [this.#axis._length, ...axes.map((axis) => axis._length), this.chart.scale].join();
    if (drawing !== this.sized) {
      this.sized = drawing;
      this.letters = parseFloat(getComputedStyle(this.rows[0].label).fontSize);
    }
    return this.letters;
  }

  /** How much of a box a stakeholder's curve, its best, today's line and the limits' cover, in pixels. */
  #crossings(id, upright, limits) {
    const { xs, ys } = this.#inPixels(id, upright);
    const known = [Number(store.page.today.figures[id]), ...limits].filter(Number.isFinite);
    const lines = known.filter((value) => visible(upright, value)).map((value) => pixel(upright, value));
    return ({ left, right, top, bottom }) => {
      // On a level line, or touching it, the figure would be read as that line's.
      let covered = 200 * lines.filter((line) => line > top - 3 && line < bottom + 3).length;
      for (let k = 1; k < xs.length; k += 1) {
        const across = Math.min(right, xs[k]) - Math.max(left, xs[k - 1]);
        const [a, b] = [Math.min(ys[k - 1], ys[k]), Math.max(ys[k - 1], ys[k])];
        if (across >= 0 && b >= top && a <= bottom) covered += 1 + across;
      }
      return covered;
    };
  }

  /** A stakeholder's curve in pixels, reckoned once a drawing: a moving hand asks for it in every frame. */
  #inPixels(id, upright) {
    const trace = this.chart.plot._fullData.find((one) => one.name === id);
    const drawing = [this.#axis, upright].flatMap((axis) => [axis._offset, axis._length, ...axis.range]).join();
    const known = this.inPixels.get(id);
    if (known && known.trace === trace && known.drawing === drawing) return known;
    const xs = Array.from(trace?.x ?? [], (x) => pixel(this.#axis, x));
    const ys = Array.from(trace?.y ?? [], (y) => pixel(upright, y));
    const curve = { trace, drawing, xs, ys };
    this.inPixels.set(id, curve);
    return curve;
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

// The trade-off chart: curves of the selected model along its thresholds, below the sliders for the threshold.
import { Chart, pixel, place, set, shape, visible, width } from "./chart.js";
import { Hover } from "./hover.js";
import { setChildren, setText } from "./dom.js";
import { store, toNumber } from "./player.js";
import { ThresholdSlider } from "./threshold_slider.js";

/** Height, and smallest length of a part, of the bar along the axis that shows where all limits are met; in pixels. */
const [BAR, SHORTEST] = [5, 3];
/** Pixels between two curves, for a title and half a tick. */
const BETWEEN = 30;
const TYPE = 13; // font size of a figure in pixels

/** Name of the vertical axis of a row. */
const upright = (k) => (k ? `y${k + 1}` : "y");

/** Divide the height equally among the curves. The gap for a title does not depend on the height. */
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
  constructor(root, { help }) {
    this.slider = new ThresholdSlider(root, this, help);
    this.chart = new Chart(root, () => this.draw(), { adapt: share, least: 240, fills: true });
    this.hover = new Hover(this.chart.box);
    this.chart.box.addEventListener("pointermove", (event) => this.#pointed(event));
    this.chart.box.addEventListener("pointerleave", () => this.#left());
    // Stops and their words are fetched when the pointer or the focus is near.
    for (const event of ["pointermove", "pointerdown", "focusin", "keydown"]) root.addEventListener(event, ({ target }) => this.#near(this.slider.handleOf(target)));
  }

  #near(handle) {
    if (store.ready && this.isCurrent) store.near(handle, this.chart.isZoomed ? this.#visibleRange : null);
  }

  /** Values at the ends of the visible part of the axis. */
  get #visibleRange() {
    const { range, log } = this.axis;
    return range.map((end) => (log ? 10 ** end : end));
  }

  take(head, buffer, start) {
    this.head = head;
    this.chart.describe(head);
    this.chart.overlay.replaceChildren();
    this.pointer = shape("line", { class: "cg-pointer" });
    this.limitBars = shape("g", {});
    this.chart.overlay.append(this.limitBars, this.pointer);
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

  get axis() {
    return this.chart.axis("x");
  }

  /** Data coordinates of the selected and of the pinned point, along the axis and on each vertical axis. */
  #points() {
    const point = (record) => record && { x: toNumber(record.x), ys: record.y.map(toNumber) };
    return { selected: point(store.now), pinned: point(store.page.pinned) };
  }

  /** Whether the chart shows the selected model and every row. After a change, the new chart comes a moment later. */
  get isCurrent() {
    return this.chart.ready && this.head.model === store.now.model && this.rows.every((_, k) => this.chart.has(upright(k)));
  }

  /** Pixel of a stop of a handle. An infinite threshold, which flags nothing, is beyond the end. */
  pixel({ x, lower }, handle) {
    return place(this.axis, toNumber(handle === "lower" ? (lower ?? x) : x));
  }

  /** Stop nearest to a pixel of the axis. */
  nearest(wanted, handle = "upper") {
    let [best, least] = [undefined, Infinity];
    for (const stop of store.stops(handle)) {
      const away = Math.abs(this.pixel(stop, handle) - wanted);
      if (away < least) [best, least] = [stop, away];
    }
    return best;
  }

  draw() {
    if (!store.ready) return;
    this.slider.draw();
    this.chart.box.classList.toggle("cg-waiting", this.head.model !== store.now.model);
    const points = this.isCurrent ? this.#points() : null;
    const x = points?.selected.x ?? NaN;
    this.chart.overlay.style.visibility = this.isCurrent ? "visible" : "hidden";
    this.chart.overlay.style.opacity = Number.isFinite(x) ? 1 : 0.45;
    // After a change of the page the chart has no size any more.
    if (!this.isCurrent || !this.chart.box.isConnected) return;
    const axis = this.axis;
    const { start, length } = axis;
    // An infinite threshold, which flags nothing, is at the end.
    const along = (value) => (Number.isFinite(value) ? pixel(axis, value) : start + length);
    this.slider.moveThumbs(axis, along(x), along(toNumber(store.now.lower ?? store.now.x)));
    this.#drawOverlay(points, along(x));
    if (this.awaited) this.#pointed(this.awaited);
  }

  /** Show the figures of all stakeholders at the threshold under the pointer. */
  #pointed(event) {
    if (!store.ready || !this.isCurrent || store.moving || event.buttons) {
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
    const stop = this.nearest(x);
    const lines = stop && store.lines(stop);
    this.awaited = lines ? null : event;
    if (stop) {
      const along = pixel(this.axis, toNumber(stop.x));
      set(this.pointer, { x1: along, x2: along, y1: top, y2: bottom, visibility: "visible" });
    }
    this.hover.show(lines ?? [store.page.help.checking], event);
  }

  #left() {
    this.awaited = null;
    this.hover.hide();
    this.pointer?.setAttribute("visibility", "hidden");
  }

  /** Vertical axis of a row. */
  #upright = (k) => this.chart.axis(upright(k));

  /** Whether a value has a mark. Without a zoom, a value beyond the end has its mark at the end. */
  #isSeen = (axis, value) => !Number.isFinite(value) || !this.chart.isZoomed || visible(axis, value);

  /** Rectangles between the axes, one a row. */
  get #frames() {
    return this.rows.map((_, k) => this.chart.frame("x", upright(k)));
  }

  /** Mark the pinned point, which may be of another model. */
  #drawPinned(pinned, frames) {
    const hasPlace = Number.isFinite(pinned?.x) && this.#isSeen(this.axis, pinned.x);
    const x = hasPlace ? pixel(this.axis, pinned.x) : NaN;
    this.rows.forEach((row, k) => {
      const isMarked = hasPlace && Number.isFinite(pinned.ys[k]) && this.#isSeen(this.#upright(k), pinned.ys[k]);
      row.pinLine.style.display = hasPlace ? "" : "none";
      row.pin.style.display = isMarked ? "" : "none";
      if (hasPlace) set(row.pinLine, { x1: x, x2: x, y1: frames[k].top, y2: frames[k].bottom });
      if (isMarked) set(row.pin, { x: x - 5.5, y: pixel(this.#upright(k), pinned.ys[k]) - 5.5 });
    });
  }

  /** Draw a bar along the shared axis at the thresholds that meet all limits. */
  #drawWithinLimits({ left, right, bottom }) {
    const axis = this.axis;
    const height = BAR * this.chart.scale;
    // After the lower threshold has moved, other thresholds may meet the limits, which only the server knows.
    const intervals = store.page.inspected && !store.atRest ? [] : store.page.kept;
    const bars = intervals.flatMap((interval) => {
      const ends = interval.map((x) => place(axis, toNumber(x)));
      const [low, high] = [Math.max(left, Math.min(...ends)), Math.min(right, Math.max(...ends))];
      if (!(high >= low)) return []; // out of sight, or undefined
      const x = Math.min(low, right - SHORTEST);
      return [shape("rect", { x, y: bottom + 1 - height, width: Math.max(SHORTEST, high - x), height, class: "cg-kept" })];
    });
    setChildren(this.limitBars, bars);
  }

  /** Shade the inspected range between the two thresholds, if the axis is that of thresholds. */
  #drawBand(frames, to) {
    const lower = this.head.axis === "threshold" ? store.now.lower : null;
    const x = lower === null ? to : pixel(this.axis, toNumber(lower));
    this.rows.forEach(({ band }, k) => {
      band.style.display = lower === null ? "none" : "";
      set(band, { x, y: frames[k].top, width: to - x, height: frames[k].bottom - frames[k].top });
    });
  }

  /** Draw the curves for the selected lower threshold, along the stops of the upper handle. */
  #drawCurvesOfLower() {
    const isLowerSet = store.now.below !== null && this.head.axis === "threshold" && store.follows("upper");
    if (isLowerSet && store.stops().length === 0) this.#near("upper");
    const stops = isLowerSet ? store.stops().filter(({ x, lower }) => lower !== null && Number.isFinite(toNumber(x))) : [];
    const { color } = store.model(store.now.model);
    this.rows.forEach((row, k) => {
      const upright = this.#upright(k);
      let path = "";
      let isOn = false;
      for (const { x, y } of stops) {
        const isIn = visible(upright, toNumber(y[k]));
        if (isIn) path += `${isOn ? "L" : "M"}${pixel(this.axis, x)} ${pixel(upright, y[k])}`;
        isOn = isIn;
      }
      set(row.held, { d: path });
      row.held.style.stroke = color;
    });
  }

  #drawOverlay({ selected, pinned }, x) {
    const frames = this.#frames;
    this.#drawWithinLimits(frames.at(-1));
    this.#drawBand(frames, x);
    this.#drawCurvesOfLower();
    this.#drawPinned(pinned, frames);
    const isSeen = this.#isSeen(this.axis, selected.x);
    this.rows.forEach((row, k) => {
      const { top, bottom } = frames[k];
      row.line.style.display = isSeen ? "" : "none";
      set(row.line, { x1: x, x2: x, y1: top, y2: bottom });
      const value = selected.ys[k];
      const hasDot = isSeen && Number.isFinite(value) && this.#isSeen(this.#upright(k), value);
      row.dot.style.display = row.label.style.display = hasDot ? "" : "none";
      if (!hasDot) return;
      const y = pixel(this.#upright(k), value);
      set(row.dot, { cx: x, cy: y });
      setText(row.label, store.now.labels?.[k] ?? "");
      this.#nameDot(row, k, { x, y }, frames[k]);
    });
  }

  /** Write the figure next to its dot, where it covers neither the curve nor a horizontal line. */
  #nameDot(row, k, { x, y }, { left, right, top, bottom }) {
    const size = TYPE * this.chart.scale;
    const wide = width(row.label.textContent, size);
    row.label.style.fontSize = `${size}px`;
    const [axis, upright] = [this.axis, this.#upright(k)];
    const curve = this.chart.data.find(({ name }) => name === row.id);
    const spots = Array.from(curve?.x ?? [], (at, j) => ({ x: place(axis, at), y: place(upright, curve.y[j]) }));
    const level = this.head.levels[k].map((value) => place(upright, value));
    const places = [1, -1].flatMap((side, order) =>
      [-9, size + 6, -9 - size, 2 * size + 6].map((down, far) => {
        const edge = x + side * 11;
        const box = { left: Math.min(edge, edge + side * wide), right: Math.max(edge, edge + side * wide), top: y + down - 0.8 * size, bottom: y + down + 2 };
        const isCut = box.left < left || box.right > right || box.top < top || box.bottom > bottom;
        const crossed = level.filter((height) => height > box.top - 3 && height < box.bottom + 3).length;
        const on = spots.filter((at) => at.x > box.left && at.x < box.right && at.y > box.top && at.y < box.bottom);
        return { edge, side, height: y + down, cost: 1000 * isCut + 200 * crossed + 5 * on.length + 4 * order + far };
      }),
    );
    const best = places.sort((a, b) => a.cost - b.cost)[0];
    const height = Math.max(top + 0.8 * size, Math.min(bottom - 3, best.height));
    set(row.label, { x: best.edge, y: height, "text-anchor": best.side > 0 ? "start" : "end" });
  }

  end() {
    this.chart.end();
  }
}

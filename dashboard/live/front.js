// The front: Plotly draws every model; the overlay is the point under discussion.
import { Chart, pixel, set, shape, visible } from "./chart.js";
import { store } from "./store.js";

/** A threshold as markers carry it: Python writes infinity in its own way. */
const toThreshold = (text) => (text === "inf" ? Infinity : Number(text));

const DOUBLE = 600; // milliseconds from the first click of a double one to what follows the second
const MARK = 7.5; // pixels from the middle of a named point to its edge

export class Front {
  constructor(root) {
    const on = {
      plotly_click: (event) => this.#clicked(event),
      plotly_doubleclick: () => this.#doubled(),
    };
    this.chart = new Chart(root, () => this.draw(), { on });
    this.halo = shape("circle", { r: 11, class: "cg-halo" });
    this.dot = shape("circle", { r: 5.5, class: "cg-dot" });
    this.label = shape("text", { class: "cg-mark", "text-anchor": "middle" });
    this.label.textContent = "chosen";
    this.chart.overlay.append(this.halo, this.dot, this.label);
  }

  take(head, buffer, start) {
    this.axes = head.axes;
    this.chart.describe(head.alt);
    this.chart.show(new Uint8Array(buffer, start));
    this.draw();
  }

  /** What a named point under the mouse carries: it goes before one that nearly coincides with it. */
  #named({ event }) {
    if (!event) return undefined;
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const box = this.chart.plot.getBoundingClientRect();
    const far = ({ x, y }) =>
      Math.hypot(
        box.x + xaxis._offset + xaxis.d2p(x[0]) - event.clientX,
        box.y + yaxis._offset + yaxis.d2p(y[0]) - event.clientY,
      );
    const named = new Set(this.#names().map(({ text }) => text));
    const under = this.chart.plot.data
      .filter((trace) => named.has(trace.name) && trace.customdata?.[0]?.[0])
      .map((trace) => ({ data: trace.customdata[0], away: far(trace) }))
      .filter(({ away }) => away <= MARK);
    return under.sort((one, other) => one.away - other.away)[0]?.data;
  }

  /** A double click shows everything and chooses nothing: neither with its first click nor with its second. */
  #doubled() {
    const now = performance.now();
    const { before } = this;
    this.deaf = now + DOUBLE;
    this.before = undefined;
    if (before === undefined || now - before.when > DOUBLE) return;
    store.move(before.model, before.at);
    store.release();
  }

  #clicked(event) {
    const now = performance.now();
    if (now < this.deaf) return;
    const data = this.#named(event) ?? event.points[0]?.customdata;
    if (!data?.[0]) return;
    const model = store.page.models.findIndex((one) => one.name === data[0]);
    if (model < 0) return;
    this.before = { model: store.model, at: store.at, when: now };
    store.move(model, store.position(model, toThreshold(data[1])));
    store.release();
  }

  /** Boxes of the names on the chart, as middle and half the width. */
  #names() {
    const { xaxis, yaxis, annotations } = this.chart.plot._fullLayout;
    const data = this.chart.plot.data;
    return (annotations ?? [])
      .map((note, index) => ({ note, index }))
      .filter(({ note }) => note.xref === "x")
      .map(({ note, index }) => ({
        index,
        text: note.text,
        point: data.find((trace) => trace.name === note.text)?.customdata?.[0],
        x: xaxis._offset + xaxis.d2p(note.x) + (note.ax ?? 0),
        y: yaxis._offset + yaxis.d2p(note.y) + (note.ay ?? 0),
        half: 3.4 * note.text.length,
      }));
  }

  /** Write the point's name where it covers no other: above, below, left or right of it. */
  #name(left, top, inside) {
    const names = this.#names();
    // The same point, not one near it; today's may hold another model's counts.
    const model = store.page.models[store.model].name;
    const threshold = store.threshold(store.model, store.at);
    const same = ({ point }) => point?.[0] === model && toThreshold(point[1]) === threshold;
    const twin = names.find(same);
    const words = inside ? "chosen" : "chosen, outside the picture";
    this.label.textContent = twin ? `chosen = ${twin.text}` : words;
    this.#silence(twin?.index);
    const half = 3.6 * this.label.textContent.length;
    const places = [
      [0, -17],
      [0, 27],
      [half + 16, 5],
      [-half - 16, 5],
      [0, 45],
      [0, -36],
    ];
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const covers = ([right, down]) => {
      const [x, y] = [left + right, top + down - 4];
      const out = x - half < xaxis._offset || x + half > xaxis._offset + xaxis._length;
      const over = y < yaxis._offset || y > yaxis._offset + yaxis._length;
      const others = names.filter((n) => n !== twin);
      const hits = others.filter((n) => Math.abs(n.x - x) < n.half + half && Math.abs(n.y - y) < 16);
      return hits.length + 2 * (out + over);
    };
    const best = places.reduce((one, other) => (covers(other) < covers(one) ? other : one));
    set(this.label, { x: left + best[0], y: top + best[1] });
  }

  /** Leave out the name that the point's own says already; all others stand. */
  #silence(index) {
    for (const note of this.chart.plot.querySelectorAll(".annotation")) {
      note.style.visibility = Number(note.dataset.index) === index ? "hidden" : "";
    }
  }

  draw() {
    if (!store.ready || !this.chart.ready) return;
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const [x, y] = this.axes.map((id) => store.value(id));
    const there = Number.isFinite(x) && Number.isFinite(y);
    this.chart.overlay.style.visibility = there ? "visible" : "hidden";
    if (!there) this.#silence();
    if (!there) return;
    const left = pixel(xaxis, x);
    const top = pixel(yaxis, y);
    // A point outside the picture is shown at its edge, pale.
    const inside = visible(xaxis, x) && visible(yaxis, y);
    this.chart.overlay.style.opacity = inside ? 1 : 0.45;
    for (const circle of [this.halo, this.dot]) set(circle, { cx: left, cy: top });
    this.#name(left, top, inside);
  }

  end() {
    this.chart.end();
  }
}

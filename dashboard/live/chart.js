// A Plotly chart with a light overlay for what moves.
import { store } from "./store.js";

// The copy that the installed plotly package carries, from the app's own server. It sets window.Plotly.
const loaded = import(new URL("../plotly.package/plotly.min.js", import.meta.url)).then(
  () => window.Plotly,
);
/** The page's charts are begun one in a frame, in its order: the first is seen while the others are drawn. */
let queue = loaded;

function turn() {
  const mine = queue;
  queue = mine.then(
    (Plotly) =>
      new Promise((resolve) => {
        // A hidden page has no frames.
        if (document.hidden) resolve(Plotly);
        else requestAnimationFrame(() => setTimeout(resolve, 0, Plotly));
      }),
  );
  return mine;
}

const CONFIG = {
  displaylogo: false,
  displayModeBar: "hover",
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "resetScale2d", "toImage"],
  scrollZoom: false,
  showTips: false,
};
const PAPER_WIDTH = 478; // half of a landscape A4 page less its margins and the card's
const PAPER_SCALE = 0.75;
const PAPER_TYPE = 0.8; // of the screen's, as all type on paper is
const ROOM_BELOW = 54; // for the line that says how to go on while presenting
const LARGER = 1.35; // type of a chart while presenting, where the page's own is of its usual size
const USUAL = 15; // pixels of a rem, as the theme has it
const SVG = "http://www.w3.org/2000/svg";

/** An SVG element with attributes. */
export function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  return element;
}

export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

const presenting = () => document.body.dataset.cgPart !== undefined;

/** By how much all that is written on a chart is larger now: the page's type grows with the screen. */
function scale() {
  if (!presenting()) return 1;
  return (LARGER * parseFloat(getComputedStyle(document.documentElement).fontSize)) / USUAL;
}

/** Make all type of a figure larger or smaller, and its margins with it. */
function enlarge(layout, times) {
  const walk = (node) => {
    for (const [name, value] of Object.entries(node)) {
      if (value === null || typeof value !== "object") continue;
      if (/font$/.test(name) && typeof value.size === "number") value.size *= times;
      else walk(value);
    }
  };
  const { template, ...own } = layout;
  walk(own);
  for (const side of ["l", "r", "t", "b"]) own.margin[side] *= times;
}

export class Chart {
  #shown = null;
  #bytes = null;
  #ranges = null;
  #resized;

  /**
   * A chart in an element; `place` puts the overlay's shapes where they belong now, `on` says what hears of
   * which of Plotly's events. One that `grows` fills the room while presenting.
   */
  constructor(root, place, { config = {}, grows = true, on = {} } = {}) {
    this.config = config;
    this.on = on;
    this.grows = grows;
    this.plot = document.createElement("div");
    this.overlay = shape("svg", { class: "cg-overlay", "aria-hidden": "true" });
    this.box = document.createElement("div");
    this.box.className = "cg-chart";
    this.box.append(this.plot, this.overlay);
    root.append(this.box);
    this.place = place;
    this.#resized = new ResizeObserver(() => this.fit());
    this.#resized.observe(this.box);
    // The page is laid out for paper only after this event, so the width on paper is said here.
    this.beforePrint = () => this.#print();
    this.afterPrint = () => this.#again();
    window.addEventListener("beforeprint", this.beforePrint);
    window.addEventListener("afterprint", this.afterPrint);
  }

  /** Whether axes are there to place something on. */
  get ready() {
    return this.plot._fullLayout !== undefined && this.#shown !== null;
  }

  /** Say in words what the chart shows. */
  describe(words) {
    set(this.box, { role: "figure", "aria-label": words });
  }

  /** Draw a figure, given as JSON in bytes; the same figure again is left alone, and so is the zoom. */
  async show(bytes) {
    const text = new TextDecoder().decode(bytes);
    if (text === this.#shown) return;
    this.#bytes = bytes;
    const Plotly = await (this.#ranges === null ? turn() : loaded);
    const figure = JSON.parse(text);
    this.#shown = text;
    const first = this.#begin(Plotly, figure.layout);
    this.height = figure.layout.height;
    Object.assign(figure.layout, { autosize: true, height: this.#height(), width: this.#width() });
    this.scale = scale();
    if (this.scale !== 1) enlarge(figure.layout, this.scale);
    const config = { ...CONFIG, ...this.config, modeBarButtonsToAdd: [this.#reset(Plotly)] };
    await Plotly.react(this.plot, figure.data, figure.layout, config);
    if (first) {
      for (const event of ["plotly_afterplot", "plotly_relayouting"]) {
        this.plot.on(event, () => this.place());
      }
      for (const [event, heard] of Object.entries(this.on)) this.plot.on(event, heard);
    }
    this.fit();
    this.place();
  }

  /**
   * Keep the reader's zoom where the axes are the same, since Plotly gives it up where their own range has
   * changed. Otherwise begin anew, so that a double click leads to the new ranges.
   */
  #begin(Plotly, layout) {
    const own = Object.entries(layout).filter(([name, axis]) => /^[xy]axis/.test(name) && axis.range);
    const before = this.#ranges;
    this.#ranges = { of: layout.uirevision };
    for (const [name, { range }] of own) this.#ranges[name] = [...range];
    if (before === null) return true;
    let kept = false;
    if (before.of === layout.uirevision) {
      for (const [name, axis] of own) {
        const now = this.plot._fullLayout?.[name]?.range;
        if (!now || !before[name] || String(now) === String(before[name])) continue;
        axis.range = [...now];
        kept = true;
      }
    }
    if (kept || JSON.stringify(before) === JSON.stringify(this.#ranges)) return false;
    Plotly.purge(this.plot);
    return true;
  }

  /** The button that takes a zoom back. Plotly's own sets spikes as well, after which nothing can be dragged. */
  #reset(Plotly) {
    const click = () => {
      const { of, ...ranges } = this.#ranges;
      const given = Object.entries(ranges).map(([name, range]) => [`${name}.range`, [...range]]);
      Plotly.relayout(this.plot, Object.fromEntries(given));
    };
    return { name: "reset", title: "Reset axes", icon: Plotly.Icons.home, click };
  }

  #width() {
    return Math.round(this.box.clientWidth) || 480;
  }

  #height() {
    // While presenting a chart has the room to itself.
    if (!presenting() || !this.grows) return Math.round(this.height * scale());
    const own = this.box.getBoundingClientRect();
    const part = this.box.closest('[class*="st-key-part_"]')?.getBoundingClientRect() ?? own;
    const below = part.bottom - own.bottom;
    return Math.max(240, Math.round(window.innerHeight - own.top - window.scrollY - below - ROOM_BELOW));
  }

  /** Draw for paper: small, and dark ink whatever the screen has. */
  #print() {
    if (!this.ready) return;
    let text = this.#shown;
    for (const [screen, paper] of store.page?.paper ?? []) text = text.replaceAll(screen, paper);
    const { data, layout } = JSON.parse(text);
    const size = { width: PAPER_WIDTH, height: Math.round((this.grows ? PAPER_SCALE : 1) * this.height) };
    enlarge(layout, PAPER_TYPE);
    window.Plotly.react(this.plot, data, { ...layout, ...size }, CONFIG);
    this.place();
  }

  /** Draw the same figure anew. */
  #again() {
    if (!this.ready) return;
    this.#shown = "";
    this.show(this.#bytes);
  }

  /** Take the room that there is. */
  fit(width = this.#width(), height = this.#height()) {
    if (!this.ready || this.box.clientWidth === 0) return;
    if (this.scale !== scale()) {
      this.#again();
      return;
    }
    const now = this.plot._fullLayout;
    if (width !== now.width || height !== now.height) {
      window.Plotly.relayout(this.plot, { width, height });
    }
  }

  end() {
    this.#resized.disconnect();
    window.removeEventListener("beforeprint", this.beforePrint);
    window.removeEventListener("afterprint", this.afterPrint);
    // A redraw of margins may still be on its way.
    setTimeout(() => window.Plotly?.purge(this.plot), 1000);
  }
}

/** Pixel of a value along an axis; what a logarithmic axis has no place for lies before its near edge. */
export function along(axis, value) {
  const at = Number(axis.d2p(value)); // Plotly says undefined for nothing
  return Number.isNaN(at) && !Number.isNaN(value) ? -Infinity : at;
}

/** Pixel of a value on an axis, counted from the plot's edge; kept inside the visible range. */
export function pixel(axis, value) {
  return axis._offset + Math.max(0, Math.min(axis._length, along(axis, value)));
}

/** Whether a value lies in the visible range of an axis. */
export function visible(axis, value) {
  const at = axis.d2p(value);
  return at >= -1 && at <= axis._length + 1;
}

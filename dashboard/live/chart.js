// A Plotly chart, by its public API, with a light overlay for what moves.
import { store } from "./player.js";

// The copy that the installed plotly package carries, from the app's own server. It sets window.Plotly.
const loaded = import(new URL("../../../charts/plotly.min.js", import.meta.url)).then(
  () => window.Plotly,
);
/** The page's charts are begun one in a frame, in its order: the first is seen while the others are drawn. */
let queue = null;

/** Wait until what is drawn by now is on the screen. */
function painted() {
  return new Promise((resolve) => {
    // A hidden page has no frames.
    if (document.hidden) resolve();
    else requestAnimationFrame(() => setTimeout(resolve, 0));
  });
}

function turn() {
  const mine = (queue ??= loaded);
  queue = mine.then(async (Plotly) => {
    await painted();
    return Plotly;
  });
  return mine;
}

const [PAPER_HALF, PAPER_WIDTH] = [478, 1015]; // of a landscape A4 page less its margins and the card's
const PAPER_SCALE = 0.75;
const PAPER_TYPE = 0.8; // of the screen's, as all type on paper is
const ROOM_BELOW = 54; // for the line that says how to go on while presenting
const LARGER = 1.35; // type of a chart while presenting, where the page's own is of its usual size
const USUAL = 15; // pixels of a rem, as the theme has it
const WIDE = 900; // pixels of a window from which on the charts share one screen with all else
const STRIP = 44; // pixels of what stands below them there, before it is there
const EDGES = 16; // between them, it and the window's edge
const SMALLEST = 10.5; // pixels of type
const MOST_TICKS = 8;
const AIR = 8; // pixels of a margin besides the figures in it
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

/** Pixel of a value along an axis of `Chart.axis`. A logarithmic axis has 0 infinitely far before its near end. */
export function place({ range: [low, high], log, start, length }, value) {
  return start + (length * ((log ? Math.log10(value) : value) - low)) / (high - low);
}

/** Pixel of a value, kept inside the visible range. */
export function pixel(axis, value) {
  const ends = [axis.start, axis.start + axis.length];
  return Math.max(Math.min(...ends), Math.min(Math.max(...ends), place(axis, value)));
}

/** Whether a value lies in the visible range of an axis. */
export const visible = (axis, value) => Math.abs(place(axis, value) - pixel(axis, value)) <= 1;

const presenting = () => document.body.dataset.cgPart !== undefined;

/** By how much all that is written on a chart is larger now: the page's type grows with the screen. A phone has no room for it. */
function scale() {
  if (!presenting() || window.innerWidth < WIDE) return 1;
  return (LARGER * parseFloat(getComputedStyle(document.documentElement).fontSize)) / USUAL;
}

const brush = document.createElement("canvas").getContext("2d");
const reader = new DOMParser();

/** Pixels that a text takes, of which some may be bold. */
export function width(markup, size, weight = 600) {
  brush.font = `${weight} ${size}px "Source Sans", sans-serif`;
  const text = /[<&]/.test(markup) ? reader.parseFromString(markup, "text/html").body.textContent : markup;
  return brush.measureText(text).width;
}

/** Let a title fit into so many pixels: in smaller type, then without its unit, which the page says elsewhere. */
function fit(title, room) {
  const { text, font } = title;
  const needed = width(text, font.size);
  const size = needed <= room ? font.size : Math.max(SMALLEST, Math.floor((2 * font.size * room) / needed) / 2);
  const unit = text.lastIndexOf(", ");
  if (width(text, size) > room && unit > text.indexOf("</b>")) {
    title.text = text.slice(0, unit);
    fit(title, room);
  } else font.size = size;
}

/** Make all type of a figure larger or smaller, and its margins with it. */
function enlarge(layout, times) {
  const walk = (node) => {
    for (const [name, value] of Object.entries(node)) {
      if (name === "yshift") node[name] *= times; // how far a line of text stands above another
      if (value === null || typeof value !== "object") continue;
      if (/font$/.test(name) && typeof value.size === "number") value.size *= times;
      else walk(value);
    }
  };
  walk(layout);
  for (const side of ["l", "r", "t", "b"]) layout.margin[side] = Math.round(layout.margin[side] * times);
}

const NUMBERS = { f4: Float32Array, f8: Float64Array, i4: Int32Array };

/** Numbers as Python packed them. */
function unpacked(values) {
  if (!values?.bdata) return values;
  const bytes = Uint8Array.from(atob(values.bdata), (letter) => letter.charCodeAt(0));
  return new NUMBERS[values.dtype](bytes.buffer);
}

/** A figure from JSON, with its numbers unpacked. */
function parsed(text) {
  const figure = JSON.parse(text);
  for (const trace of figure.data) {
    for (const name of ["x", "y", "customdata"]) if (name in trace) trace[name] = unpacked(trace[name]);
  }
  return figure;
}

/** Names of the axes in a layout. */
const axesOf = (layout) => Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name));

export class Chart {
  data = []; // traces as Python sent them
  #shown = null;
  #bytes = null;
  #ranges = null;
  #panned = {}; // ranges of axes while the picture is dragged
  #seen = false;
  #resized;

  /**
   * A chart in an element; `draw` puts the overlay's shapes where they belong now, `on` says what hears of
   * which of Plotly's events, `adapt` what else of the layout follows from the size. One that `grows` fills
   * the room while presenting; one that `fills` has what is left of a screen, and `least` at the least.
   */
  constructor(root, draw, { config = {}, grows = true, on = {}, adapt = () => {}, least = 0, fills = false } = {}) {
    Object.assign(this, { config, on, grows, draw, least, fills, scale: 1, adapt });
    this.plot = document.createElement("div");
    this.overlay = shape("svg", { class: "cg-overlay", "aria-hidden": "true" });
    this.box = document.createElement("div");
    this.box.className = "cg-chart";
    this.box.append(this.plot, this.overlay);
    root.append(this.box);
    this.#resized = new ResizeObserver(() => this.fit());
    this.#resized.observe(this.box);
    // What stands above may come later or grow; what it leaves is the chart's.
    this.#watch();
    this.onResize = () => this.fit();
    if (fills) window.addEventListener("resize", this.onResize);
    this.#reserve();
    // The page is laid out for paper only after this event, so the width on paper is said here.
    this.beforePrint = () => this.#print();
    this.afterPrint = () => this.#again();
    window.addEventListener("beforeprint", this.beforePrint);
    window.addEventListener("afterprint", this.afterPrint);
  }

  /** Whether axes are there to place something on, and have been seen: a chart's curves do not wait for its names. */
  get ready() {
    return this.#seen;
  }

  /** Whether the reader has zoomed along the axis. */
  get isZoomed() {
    return String(this.axis("x").range) !== String(this.#ranges.xaxis);
  }

  /** Width and height in pixels. */
  get size() {
    return this.plot.layout;
  }

  /** Whether the chart that is shown has an axis such as "y2". */
  has(name) {
    return `${name[0]}axis${name.slice(1)}` in this.plot.layout;
  }

  /** An axis such as "x" or "y2": its range, in powers of ten where it is logarithmic, and its pixels. */
  axis(name, layout = this.plot.layout) {
    const key = `${name[0]}axis${name.slice(1)}`;
    const { range, type, domain: [from, to] = [0, 1] } = layout[key];
    const { l, r, t, b } = layout.margin;
    const [wide, high] = [layout.width - l - r, layout.height - t - b];
    const along = name[0] === "x" ? { start: l + from * wide, length: (to - from) * wide } : { start: t + (1 - from) * high, length: (from - to) * high };
    return { range: this.#panned[key] ?? range, log: type === "log", ...along };
  }

  /** Rectangle between two axes. */
  frame(x = "x", y = "y") {
    const [along, up] = [this.axis(x), this.axis(y)];
    return { left: along.start, right: along.start + along.length, top: up.start + up.length, bottom: up.start };
  }

  /** Say in words what the chart shows, and what takes a zoom back. */
  describe({ alt, reset }) {
    set(this.box, { role: "figure", "aria-label": alt });
    this.reset = reset;
  }

  /** Draw a figure, given as JSON in bytes; the same figure again is left alone, and so is the zoom. */
  async show(bytes) {
    const text = new TextDecoder().decode(bytes);
    this.#watch();
    if (text === this.#shown) return;
    this.#bytes = bytes;
    const Plotly = await (this.#ranges === null ? turn() : loaded);
    const { data, layout } = parsed(text);
    this.#shown = text;
    const first = this.#begin(Plotly, layout);
    this.height = layout.height;
    this.#dress(layout, scale(), { width: this.#width(), height: this.#height() });
    this.data = data;
    this.#reserve();
    await Plotly.react(this.plot, data, layout, {
      displaylogo: false,
      showTips: false,
      // Plotly moves an axis by its end at once, but draws a box to zoom into: only one of the two is followed.
      showAxisDragHandles: layout.dragmode === "pan",
      modeBarButtons: [[this.#reset(Plotly), "zoomIn2d", "zoomOut2d", "zoom2d", "pan2d"]],
      displayModeBar: false,
      ...this.config,
    });
    if (first) this.#listen(Plotly);
    if (!this.#seen) await painted();
    this.#seen = true;
    this.fit();
    this.draw();
  }

  #listen(Plotly) {
    this.plot.on("plotly_relayouting", (changed) => {
      // While a box is drawn to zoom into, the axes stay.
      if (this.plot.layout.dragmode !== "pan") return;
      for (const [path, value] of Object.entries(changed)) {
        const [, key, end] = /^([xy]axis\d*)\.range\[([01])\]$/.exec(path) ?? [];
        if (key) (this.#panned[key] ??= [...this.plot.layout[key].range])[end] = value;
      }
      this.draw();
    });
    this.plot.on("plotly_relayout", (changed) => {
      this.#panned = {};
      if (!Object.keys(changed).some((path) => path.includes(".range"))) return;
      const patch = {};
      for (const [name, own] of Object.entries(this.#ticks(this.plot.layout))) {
        for (const [part, value] of Object.entries(own)) patch[`${name}.${part}`] = value;
      }
      Plotly.relayout(this.plot, patch);
    });
    this.plot.on("plotly_afterplot", () => this.draw());
    for (const [event, heard] of Object.entries(this.on)) this.plot.on(event, heard);
  }

  /**
   * Keep the reader's zoom where the axes are the same, since Plotly gives it up where their own range has
   * changed. Otherwise begin anew, so that a double click leads to the new ranges.
   */
  #begin(Plotly, layout) {
    const before = this.#ranges;
    this.#ranges = { of: layout.uirevision };
    for (const name of axesOf(layout)) if (layout[name].range) this.#ranges[name] = [...layout[name].range];
    if (before === null) return true;
    let kept = false;
    if (before.of === layout.uirevision) {
      for (const name of Object.keys(this.#ranges)) {
        const now = this.plot.layout?.[name]?.range;
        if (!now || !before[name] || String(now) === String(before[name])) continue;
        layout[name].range = [...now];
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
    return { name: "reset", title: this.reset, icon: Plotly.Icons.home, click };
  }

  /** Give a figure its size, in larger or smaller type, and what follows from that. */
  #dress(layout, times, size) {
    this.scale = times;
    this.#panned = {};
    if (times !== 1) enlarge(layout, times);
    Object.assign(layout, size);
    this.margin = layout.margin.l;
    this.adapt(layout);
    for (const [name, own] of Object.entries(this.#ticks(layout))) Object.assign(layout[name], own);
    const titles = (layout.annotations ?? []).filter(({ name }) => name === "title");
    titles.push(...axesOf(layout).filter((name) => name[0] === "x").map((name) => layout[name].title));
    const room = layout.width - layout.margin.l - layout.margin.r - 6;
    for (const title of titles) if (title?.text) fit(title, room);
  }

  /** Ticks of the finest level for which each axis has room, and the margin that those of the upright axes need. */
  #ticks(layout) {
    const out = { margin: { l: this.margin } };
    for (const name of axesOf(layout).sort().reverse()) {
      const [isUpright, { size }] = [name[0] === "y", layout[name].tickfont];
      const wide = (texts) => Math.max(0, ...texts.map((text) => width(text, size, 400)));
      const axis = this.axis(name.replace("axis", ""), { ...layout, margin: { ...layout.margin, ...out.margin } });
      const levels = layout.meta?.ticks?.[layout[name].matches?.replace("x", "xaxis") ?? name];
      let texts = layout[name].ticktext ?? [];
      if (levels) {
        const seen = levels.map((level) => level.texts.filter((_, k) => visible(axis, level.values[k])));
        const room = (shown) => (shown.length - 1) * (isUpright ? 3.5 * size : wide(shown) + size);
        const fits = (shown) => shown.length <= MOST_TICKS && room(shown) <= Math.abs(axis.length);
        const level = Math.max(0, seen.findLastIndex(fits));
        texts = seen[level];
        // Closer than the finest level Plotly writes the figures, in full.
        out[name] = { tickmode: texts.length > 1 ? "array" : "auto", tickvals: levels[level].values, ticktext: levels[level].texts };
      }
      if (isUpright) out.margin.l = Math.max(out.margin.l, Math.ceil(wide(texts) + AIR * this.scale));
    }
    return out;
  }

  /** Hear of the size of what shares the screen. */
  #watch() {
    if (!this.fills) return;
    const shared = ['[data-testid="stMainBlockContainer"]', '[class*="st-key-part_"]', ".cg-notice"];
    for (const one of document.querySelectorAll(shared.join())) {
      if (!one.contains(this.box)) this.#resized.observe(one);
    }
  }

  /** Keep the room that the chart will take, so that nothing moves when it comes. */
  #reserve() {
    if (this.fills && this.box.isConnected) this.plot.style.minHeight = `${this.#height()}px`;
  }

  #width() {
    return Math.round(this.box.clientWidth) || 480;
  }

  #height() {
    // While presenting a chart has the room to itself.
    if (!presenting() && this.fills && window.innerWidth >= WIDE) return this.#left();
    if (!presenting() || !this.grows) return Math.round((this.height ?? this.least) * scale());
    const own = this.box.getBoundingClientRect();
    const part = this.box.closest('[class*="st-key-part_"]')?.getBoundingClientRect() ?? own;
    const below = part.bottom - own.bottom;
    return Math.max(240, Math.round(window.innerHeight - own.top - window.scrollY - below - ROOM_BELOW));
  }

  /** What the parts above and below leave of one screen. */
  #left() {
    const part = this.box.closest('[class*="st-key-part_"]');
    const next = document.querySelector('.st-key-part_next, [data-part="next"]');
    const scrolled = this.box.closest('[data-testid="stMain"]')?.scrollTop ?? 0;
    const { paddingBottom = "0", borderBottomWidth = "0" } = part ? getComputedStyle(part) : {};
    const below = parseFloat(paddingBottom) + parseFloat(borderBottomWidth) + (next?.offsetHeight || STRIP) + EDGES;
    const top = this.box.getBoundingClientRect().top + scrolled;
    return Math.max(this.least, Math.floor(window.innerHeight - top - below));
  }

  /** Draw for paper: small, and dark ink whatever the screen has. */
  #print() {
    if (!this.ready) return;
    this.paper = new Map(store.paper);
    let text = this.#shown;
    for (const [screen, paper] of this.paper) text = text.replaceAll(screen, paper);
    const { data, layout } = parsed(text);
    const height = Math.round((this.grows ? PAPER_SCALE : 1) * this.height);
    const width = this.box.closest('[data-testid="stColumn"]') ? PAPER_HALF : PAPER_WIDTH;
    this.#dress(layout, PAPER_TYPE, { width, height });
    window.Plotly.react(this.plot, data, layout, { displayModeBar: false });
    this.draw();
  }

  /** A colour of the screen as it is drawn now: on paper all ink is dark. */
  ink = (color) => this.paper?.get(color) ?? color;

  /** Draw the same figure anew, with the zoom that it has. */
  #again() {
    if (!this.ready) return;
    this.paper = undefined;
    this.#shown = "";
    this.show(this.#bytes);
  }

  /** Take the room that there is. */
  fit() {
    if (!this.ready || this.paper || this.box.clientWidth === 0) return;
    const { width: wide, height } = this.plot.layout;
    if (this.scale !== scale() || wide !== this.#width() || height !== this.#height()) this.#again();
  }

  end() {
    this.#resized.disconnect();
    window.removeEventListener("resize", this.onResize);
    window.removeEventListener("beforeprint", this.beforePrint);
    window.removeEventListener("afterprint", this.afterPrint);
    // A redraw may still be on its way.
    setTimeout(() => window.Plotly?.purge(this.plot), 1000);
  }
}

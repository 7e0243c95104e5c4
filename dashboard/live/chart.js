// A chart drawn with the public API of Plotly, with an SVG overlay for marks that move.
import { store } from "./player.js";

// The app's server serves the script of the installed plotly package, which sets window.Plotly.
const loaded = import(new URL("../../../charts/plotly.min.js", import.meta.url)).then(
  () => window.Plotly,
);
/** Last promise of the queue in which charts wait for their first drawing, so that the first chart is visible early. */
let queue = null;

/** Wait until the browser has painted the page. */
function painted() {
  return new Promise((resolve) => {
    // A hidden page has no frames.
    if (document.hidden) resolve();
    else requestAnimationFrame(() => setTimeout(resolve, 0));
  });
}

/** Promise of Plotly that resolves when the previous charts are painted. */
function nextInQueue() {
  const turn = (queue ??= loaded);
  queue = turn.then(async (Plotly) => {
    await painted();
    return Plotly;
  });
  return turn;
}

const PAPER_SCALE = 0.75; // height on paper, as a share of the height on the screen
const PAPER_TYPE = 0.8; // font size on paper, as a share of that on the screen
const ROOM_BELOW = 54; // pixels for the line with instructions during a presentation
const LARGER = 1.35; // factor of the font size during a presentation
const USUAL = 15; // pixels of a rem in the theme
const WIDE = 900; // width in pixels from which the whole page fits on one screen
const STRIP = 44; // expected height in pixels of the strip below the charts, until it is drawn
const EDGES = 16; // pixels between charts, strip and the edge of the window
const SMALLEST = 10.5; // smallest font size of a title in pixels
const MOST_TICKS = 8; // largest number of visible ticks of an axis
const AIR = 8; // pixels of a margin in addition to its ticks
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

/** Pixel of a value along an axis of `Chart.axis`. It is infinite for 0 on a logarithmic axis. */
export function place({ range: [low, high], log, start, length }, value) {
  return start + (length * ((log ? Math.log10(value) : value) - low)) / (high - low);
}

/** Pixel of a value, moved to the nearest end of the visible range if needed. */
export function pixel(axis, value) {
  const ends = [axis.start, axis.start + axis.length];
  return Math.max(Math.min(...ends), Math.min(Math.max(...ends), place(axis, value)));
}

/** Whether a value lies in the visible range of an axis. */
export const visible = (axis, value) => Math.abs(place(axis, value) - pixel(axis, value)) <= 1;

const presenting = () => document.body.dataset.cgPart !== undefined;

/** Factor of all font sizes of a chart. During a presentation it grows with the screen, except on a phone. */
function scale() {
  if (!presenting() || window.innerWidth < WIDE) return 1;
  return (LARGER * parseFloat(getComputedStyle(document.documentElement).fontSize)) / USUAL;
}

const brush = document.createElement("canvas").getContext("2d");
const reader = new DOMParser();

/** Width of a text in pixels. The text may contain markup. */
export function width(markup, size, weight = 600) {
  brush.font = `${weight} ${size}px "Source Sans", sans-serif`;
  const text = /[<&]/.test(markup) ? reader.parseFromString(markup, "text/html").body.textContent : markup;
  return brush.measureText(text).width;
}

/** Fit a title into a width in pixels: reduce its font size, then remove its unit, which is also elsewhere on the page. */
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

/** Multiply all font sizes and margins of a layout. */
function enlarge(layout, times) {
  const walk = (node) => {
    for (const [name, value] of Object.entries(node)) {
      if (name === "yshift") node[name] *= times; // distance between two lines of text
      if (value === null || typeof value !== "object") continue;
      if (/font$/.test(name) && typeof value.size === "number") value.size *= times;
      else walk(value);
    }
  };
  walk(layout);
  for (const side of ["l", "r", "t", "b"]) layout.margin[side] = Math.round(layout.margin[side] * times);
}

const NUMBERS = { f4: Float32Array, f8: Float64Array, i4: Int32Array };

/** Typed array of numbers that Python packed. */
function unpacked(values) {
  if (!values?.bdata) return values;
  const bytes = Uint8Array.from(atob(values.bdata), (letter) => letter.charCodeAt(0));
  return new NUMBERS[values.dtype](bytes.buffer);
}

/** Figure from JSON, with unpacked numbers. */
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
  #panned = {}; // ranges of axes during a drag of the chart
  #seen = false;
  #drawing = null; // promise of Plotly's last drawing
  #isEnded = false;
  #resized;

  /**
   * Create a chart in an element. `draw` updates the overlay, `on` has listeners for Plotly's events, and
   * `adapt` changes a layout after its size is set. A chart that `grows` fills the screen in a presentation.
   * A chart that `fills` is as high as the rest of the page allows, and at least `least` pixels.
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
    // The parts above the chart may be drawn later or grow, so that less height remains.
    this.#watch();
    this.onResize = () => this.fit();
    if (fills) window.addEventListener("resize", this.onResize);
    this.#reserve();
    // Browsers lay out the page for paper after this event, so a style names the width on paper.
    this.beforePrint = () => this.#print();
    this.afterPrint = () => this.#redraw();
    window.addEventListener("beforeprint", this.beforePrint);
    window.addEventListener("afterprint", this.afterPrint);
  }

  /** Whether the axes are drawn and painted. The curves appear without waiting for the overlay. */
  get ready() {
    return this.#seen && !this.#isEnded;
  }

  /** Whether the reader has zoomed along the axis. */
  get isZoomed() {
    return String(this.axis("x").range) !== String(this.#ranges.xaxis);
  }

  /** Width and height in pixels. */
  get size() {
    return this.plot.layout;
  }

  /** Whether the drawn chart has an axis such as "y2". */
  has(name) {
    return `${name[0]}axis${name.slice(1)}` in this.plot.layout;
  }

  /** An axis such as "x" or "y2": its range, in powers of ten if it is logarithmic, and its pixels. */
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

  /** Set the description of the chart for screen readers, and the title of the button that resets the zoom. */
  describe({ alt, reset }) {
    set(this.box, { role: "figure", "aria-label": alt });
    this.reset = reset;
  }

  /** Draw a figure, given as JSON in bytes. A figure that is already drawn stays unchanged, with its zoom. */
  async show(bytes) {
    const text = new TextDecoder().decode(bytes);
    this.#watch();
    if (text === this.#shown) return;
    this.#bytes = bytes;
    const Plotly = await (this.#ranges === null ? nextInQueue() : loaded);
    if (this.#isEnded) return;
    const { data, layout } = parsed(text);
    this.#shown = text;
    const first = this.#begin(Plotly, layout);
    this.height = layout.height;
    this.#dress(layout, scale(), { width: this.#width(), height: this.#height() });
    this.data = data;
    this.#reserve();
    this.#drawing = Plotly.react(this.plot, data, layout, {
      displaylogo: false,
      showTips: false,
      // The overlay can follow a drag of an axis, but not a box that is drawn to zoom.
      showAxisDragHandles: layout.dragmode === "pan",
      modeBarButtons: [[this.#resetButton(Plotly), "zoomIn2d", "zoomOut2d", "zoom2d", "pan2d"]],
      displayModeBar: false,
      ...this.config,
    });
    await this.#drawing;
    if (this.#isEnded) return;
    if (first) this.#listen(Plotly);
    if (!this.#seen) await painted();
    this.#seen = true;
    this.fit();
    this.draw();
  }

  #listen(Plotly) {
    this.plot.on("plotly_relayouting", (changed) => {
      // The axes do not change while the reader draws a box to zoom.
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
      for (const [name, ticks] of Object.entries(this.#ticks(this.plot.layout))) {
        for (const [part, value] of Object.entries(ticks)) patch[`${name}.${part}`] = value;
      }
      Plotly.relayout(this.plot, patch);
    });
    this.plot.on("plotly_afterplot", () => this.draw());
    for (const [event, listener] of Object.entries(this.on)) this.plot.on(event, listener);
  }

  /**
   * Keep the reader's zoom if the axes are the same, although Plotly would reset it if their initial range
   * changed. Otherwise purge the chart, so that a double click leads to the new ranges. Return whether the
   * chart is new to Plotly.
   */
  #begin(Plotly, layout) {
    const before = this.#ranges;
    this.#ranges = { of: layout.uirevision };
    for (const name of axesOf(layout)) if (layout[name].range) this.#ranges[name] = [...layout[name].range];
    if (before === null) return true;
    let isZoomKept = false;
    if (before.of === layout.uirevision) {
      for (const name of Object.keys(this.#ranges)) {
        const now = this.plot.layout?.[name]?.range;
        if (!now || !before[name] || String(now) === String(before[name])) continue;
        layout[name].range = [...now];
        isZoomKept = true;
      }
    }
    if (isZoomKept || JSON.stringify(before) === JSON.stringify(this.#ranges)) return false;
    Plotly.purge(this.plot);
    return true;
  }

  /** Button that resets the zoom. Plotly's button also turns on spikes, after which nothing can be dragged. */
  #resetButton(Plotly) {
    const click = () => {
      const { of, ...ranges } = this.#ranges;
      const initial = Object.entries(ranges).map(([name, range]) => [`${name}.range`, [...range]]);
      Plotly.relayout(this.plot, Object.fromEntries(initial));
    };
    return { name: "reset", title: this.reset, icon: Plotly.Icons.home, click };
  }

  /** Set the font sizes and the size of a layout, and everything that depends on them. */
  #dress(layout, times, size) {
    this.scale = times;
    this.#panned = {};
    if (times !== 1) enlarge(layout, times);
    Object.assign(layout, size);
    this.margin = layout.margin.l;
    this.adapt(layout);
    for (const [name, ticks] of Object.entries(this.#ticks(layout))) Object.assign(layout[name], ticks);
    const titles = (layout.annotations ?? []).filter(({ name }) => name === "title");
    titles.push(...axesOf(layout).filter((name) => name[0] === "x").map((name) => layout[name].title));
    const room = layout.width - layout.margin.l - layout.margin.r - 6;
    for (const title of titles) if (title?.text) fit(title, room);
  }

  /** Ticks of each axis at the finest level that fits, and the left margin for the ticks of the vertical axes. */
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
        const finest = seen.findLastIndex(fits);
        // One tick shows no scale: a low chart rather has two or three that are close to each other.
        const level = seen.findIndex((shown, k) => k >= finest && shown.length > 1);
        texts = seen[level] ?? [];
        // Beyond the finest level Plotly chooses the ticks.
        out[name] = level < 0 ? { tickmode: "auto" } : { tickmode: "array", tickvals: levels[level].values, ticktext: levels[level].texts };
      }
      if (isUpright) out.margin.l = Math.max(out.margin.l, Math.ceil(wide(texts) + AIR * this.scale));
    }
    return out;
  }

  /** Observe the sizes of the parts that share the screen with the chart. */
  #watch() {
    if (!this.fills) return;
    const shared = ['[data-testid="stMainBlockContainer"]', '[class*="st-key-part_"]', ".cg-notice"];
    for (const element of document.querySelectorAll(shared.join())) {
      if (!element.contains(this.box)) this.#resized.observe(element);
    }
  }

  /** Reserve the height of the chart, so that nothing moves when it is drawn. */
  #reserve() {
    if (this.fills && this.box.isConnected) this.plot.style.minHeight = `${this.#height()}px`;
  }

  #width() {
    return Math.round(this.box.clientWidth) || 480;
  }

  #height() {
    if (!presenting() && this.fills && window.innerWidth >= WIDE) return this.#remainingHeight();
    if (!presenting() || !this.grows) return Math.round((this.height ?? this.least) * scale());
    // In a presentation the chart has the screen to itself.
    const box = this.box.getBoundingClientRect();
    const part = this.box.closest('[class*="st-key-part_"]')?.getBoundingClientRect() ?? box;
    const below = part.bottom - box.bottom;
    return Math.max(240, Math.round(window.innerHeight - box.top - window.scrollY - below - ROOM_BELOW));
  }

  /** Height that the parts above and below leave on one screen. */
  #remainingHeight() {
    const part = this.box.closest('[class*="st-key-part_"]');
    const next = document.querySelector('.st-key-part_next, [data-part="next"]');
    const scrolled = this.box.closest('[data-testid="stMain"]')?.scrollTop ?? 0;
    const { paddingBottom = "0", borderBottomWidth = "0" } = part ? getComputedStyle(part) : {};
    const below = parseFloat(paddingBottom) + parseFloat(borderBottomWidth) + (next?.offsetHeight || STRIP) + EDGES;
    const top = this.box.getBoundingClientRect().top + scrolled;
    return Math.max(this.least, Math.floor(window.innerHeight - top - below));
  }

  /** Draw for paper: small, and with the dark colours of the light theme. */
  #print() {
    if (!this.ready) return;
    this.paper = new Map(store.paper);
    let text = this.#shown;
    for (const [screen, paper] of this.paper) text = text.replaceAll(screen, paper);
    const { data, layout } = parsed(text);
    const height = Math.round((this.grows ? PAPER_SCALE : 1) * this.height);
    const width = parseFloat(getComputedStyle(this.box).getPropertyValue("--cg-paper-width"));
    this.#dress(layout, PAPER_TYPE, { width, height });
    window.Plotly.react(this.plot, data, layout, { displayModeBar: false });
    this.draw();
  }

  /** Colour in which a colour of the screen is drawn now, which differs on paper. */
  ink = (color) => this.paper?.get(color) ?? color;

  /** Draw the same figure again, with its zoom. */
  #redraw() {
    if (!this.ready) return;
    this.paper = undefined;
    this.#shown = "";
    this.show(this.#bytes);
  }

  /** Draw the chart again if its size has to change. */
  fit() {
    if (!this.ready || this.paper || this.box.clientWidth === 0) return;
    const { width: wide, height } = this.plot.layout;
    if (this.scale !== scale() || wide !== this.#width() || height !== this.#height()) this.#redraw();
  }

  end() {
    this.#isEnded = true;
    this.#resized.disconnect();
    window.removeEventListener("resize", this.onResize);
    window.removeEventListener("beforeprint", this.beforePrint);
    window.removeEventListener("afterprint", this.afterPrint);
    // Plotly fails if a chart is purged while it is drawn.
    Promise.resolve(this.#drawing).then(() => window.Plotly?.purge(this.plot));
  }
}

// A Plotly chart with a light overlay for what moves.
import { tickWords } from "./number_formatting.js";
import { store } from "./store.js";

// The copy that the installed plotly package carries, from the app's own server. It sets window.Plotly.
const loaded = import(new URL("../plotly.package/plotly.min.js", import.meta.url)).then(
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

const CONFIG = {
  displaylogo: false,
  displayModeBar: "hover",
  scrollZoom: false,
  showTips: false,
};
const PHONE = 640; // pixels of a window up to which there is no room for Plotly's buttons
const PAPER_WIDTH = 478; // half of a landscape A4 page less its margins and the card's
const PAPER_SCALE = 0.75;
const PAPER_TYPE = 0.8; // of the screen's, as all type on paper is
const ROOM_BELOW = 54; // for the line that says how to go on while presenting
const LARGER = 1.35; // type of a chart while presenting, where the page's own is of its usual size
const USUAL = 15; // pixels of a rem, as the theme has it
const WIDE = 900; // pixels of a window from which on the charts share one screen with all else
const STRIP = 44; // pixels of what stands below them there, before it is there
const EDGES = 16; // between them, it and the window's edge
const SMALLEST = 10.5; // pixels of type
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

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&" };
const brush = document.createElement("canvas").getContext("2d");

/** Pixels that markup takes in the charts' font. */
function wide(markup, size, family) {
  const text = markup.replace(/<[^>]*>/g, "").replace(/&[^;]+;/g, (entity) => ENTITIES[entity] ?? entity);
  brush.font = `600 ${size}px ${family}`;
  return brush.measureText(text).width;
}

/** Markup and size of a title that fits into so many pixels: smaller, then on two lines or without its unit. */
function fitted({ text, size, family }, room, twoLines) {
  const needed = wide(text, size, family);
  if (needed <= room) return { text, size };
  const smaller = Math.max(SMALLEST, Math.floor((2 * size * room) / needed) / 2);
  if (wide(text, smaller, family) <= room) return { text, size: smaller };
  if (!twoLines) {
    // Rather without its unit, which the page says elsewhere, than cut.
    const unit = text.lastIndexOf(", ");
    if (unit < text.indexOf("</b>") + 1) return { text, size: smaller };
    return fitted({ text: text.slice(0, unit), size, family }, room, twoLines);
  }
  const words = text.split(" ");
  let cut = words.length - 1;
  while (cut > 1 && wide(words.slice(0, cut).join(" "), smaller, family) > room) cut -= 1;
  return { text: `${words.slice(0, cut).join(" ")}<br>${words.slice(cut).join(" ")}`, size: smaller };
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
  const { template, ...own } = layout;
  walk(own);
  for (const side of ["l", "r", "t", "b"]) own.margin[side] *= times;
}

/** Write the figures beside the axes as all others are: Plotly has no say in its letters for thousands and more. */
function sayTicks(plot) {
  for (const text of plot.querySelectorAll(`[class$="tick"] text`)) {
    const words = tickWords(text.textContent);
    if (words !== text.textContent) text.textContent = words;
  }
}

/** Set what lies at a path such as `annotations[0].font.size`. */
function put(target, path, value) {
  const steps = path.split(/[.[\]]+/).filter(Boolean);
  const last = steps.pop();
  let node = target;
  for (const step of steps) node = node[step] ??= {};
  node[last] = value;
}

export class Chart {
  #shown = null;
  #bytes = null;
  #ranges = null;
  #seen = false;
  #resized;

  /**
   * A chart in an element; `place` puts the overlay's shapes where they belong now, `on` says what hears of
   * which of Plotly's events, `adapt` what else of the layout follows from the size. One that `grows` fills
   * the room while presenting; one that `fills` has what is left of a screen, and `least` at the least.
   */
  constructor(root, place, { config = {}, grows = true, on = {}, adapt, least = 0, fills = false } = {}) {
    this.config = config;
    this.on = on;
    this.grows = grows;
    this.adapt = adapt ?? (() => ({}));
    this.least = least;
    this.fills = fills;
    this.scale = 1;
    this.plot = document.createElement("div");
    this.overlay = shape("svg", { class: "cg-overlay", "aria-hidden": "true" });
    this.box = document.createElement("div");
    this.box.className = "cg-chart";
    this.box.append(this.plot, this.overlay);
    root.append(this.box);
    this.place = place;
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
    return this.#seen && this.plot._fullLayout !== undefined;
  }

  /** Say in words what the chart shows. */
  describe(words) {
    set(this.box, { role: "figure", "aria-label": words });
  }

  /** Draw a figure, given as JSON in bytes; the same figure again is left alone, and so is the zoom. */
  async show(bytes) {
    const text = new TextDecoder().decode(bytes);
    this.#watch();
    if (text === this.#shown) return;
    this.#bytes = bytes;
    const Plotly = await (this.#ranges === null ? turn() : loaded);
    const figure = JSON.parse(text);
    this.#shown = text;
    this.titles = this.margins = undefined;
    const first = this.#begin(Plotly, figure.layout);
    this.height = figure.layout.height;
    Object.assign(figure.layout, { autosize: true, height: this.#height(), width: this.#width() });
    this.scale = scale();
    if (this.scale !== 1) enlarge(figure.layout, this.scale);
    this.layout = figure.layout;
    for (const [path, value] of Object.entries(this.#adapted(figure.layout.width, figure.layout.height))) {
      put(figure.layout, path, value);
    }
    this.#reserve();
    const displayModeBar = window.innerWidth > PHONE && CONFIG.displayModeBar;
    const config = { ...CONFIG, displayModeBar, ...this.config, modeBarButtons: [[this.#reset(Plotly), "zoomIn2d", "zoomOut2d", "zoom2d", "pan2d"]] };
    await Plotly.react(this.plot, figure.data, figure.layout, config);
    if (first) {
      for (const event of ["plotly_afterplot", "plotly_relayouting"]) {
        this.plot.on(event, () => {
          sayTicks(this.plot);
          this.place();
        });
      }
      for (const [event, heard] of Object.entries(this.on)) this.plot.on(event, heard);
    }
    sayTicks(this.plot);
    if (!this.#seen) await painted();
    this.#seen = true;
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

  /** What of the layout follows from the size: titles that would be cut, and what the chart's owner says. */
  #adapted(width, height) {
    const { layout } = this;
    const family = layout.font.family;
    const { l, r, t, b } = this.margins ?? layout.margin;
    this.margins ??= { l, r, t, b };
    const out = {};
    let lines = 0;
    const room = width - l - r - 6;
    // The figures beside an upright axis take about as much as this besides.
    (layout.annotations ?? []).forEach((note, k) => {
      if (note.name !== "title") return;
      this.titles ??= new Map();
      if (!this.titles.has(k)) this.titles.set(k, { text: note.text, size: note.font.size, family });
      const fit = fitted(this.titles.get(k), room, note.yref === "paper" && !layout.yaxis2);
      out[`annotations[${k}].text`] = fit.text;
      out[`annotations[${k}].font.size`] = fit.size;
      if (fit.text.includes("<br>")) lines = 1;
    });
    out["margin.t"] = t + lines * 14;
    const axes = Object.keys(layout).filter((name) => /^xaxis/.test(name) && layout[name].title?.text);
    for (const name of axes) {
      this.titles ??= new Map();
      const { title } = layout[name];
      if (!this.titles.has(name)) this.titles.set(name, { text: title.text, size: title.font.size, family });
      const fit = fitted(this.titles.get(name), room, true);
      out[`${name}.title.text`] = fit.text;
      out[`${name}.title.font.size`] = fit.size;
    }
    return { ...out, ...this.adapt(layout, width, height) };
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
      this.#reserve();
      window.Plotly.relayout(this.plot, { width, height, ...this.#adapted(width, height) });
    }
  }

  end() {
    this.#resized.disconnect();
    window.removeEventListener("resize", this.onResize);
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

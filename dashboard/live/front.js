// The front chart: Plotly draws every model, and an overlay shows names, the selected and the pinned point.
import { Chart, pixel, place, set, shape, visible, width } from "./chart.js";
import { make, setChildren, swatchOf } from "./dom.js";
import { Hover } from "./hover.js";
import { around, overlap, placed, spaced, square } from "./label_placement.js";
import { store, toNumber, toText } from "./player.js";

/** A screen with a pointer and with room for Plotly's buttons. */
const BUTTONS = "(min-width: 641px) and (hover: hover)";
const DOUBLE = 600; // milliseconds between the two clicks of a double click, and for which later clicks are ignored
const MARK = 8.5; // pixels from the middle of a named point to its edge
const MARKER = 4; // pixels from the middle of a marker to its edge
const HALO = 12.5; // pixels from the middle of the selected point to the edge of its ring
const TICK = 14; // pixels that a name beside an axis needs
const TYPE = 12; // font size of a name in pixels
const LINE = 16; // pixels of a name's height
const LEAD = 13; // pixels from the end of a curve to its name

export class Front {
  #view = ""; // everything that the places of the fixed names depend on
  #fixedNames = []; // names of marks and limits, which stay when the selected point moves
  #markers = []; // boxes of the visible markers, with their pixels and operating points
  #marks = []; // marks with their pixels
  #ends = new Map(); // pixels of the right-hand ends of the coloured curves

  constructor(root) {
    const on = {
      plotly_click: (event) => this.#clicked(event),
      plotly_doubleclick: () => this.#doubled(),
      plotly_hover: (event) => this.#pointed(event),
      plotly_unhover: () => this.#left(),
    };
    const adapt = (layout) => this.#adapt(layout);
    const config = { displayModeBar: matchMedia(BUTTONS).matches && "hover" };
    this.chart = new Chart(root, () => this.draw(), { on, adapt, config, least: 260, fills: true });
    // Plotly may miss a double click, because it handles the second click late if the first one redraws much.
    // The browser counts the clicks of a mouse correctly, and Plotly those of a finger.
    this.chart.plot.addEventListener("pointerdown", () => (this.presses = 1), true);
    this.chart.plot.addEventListener("mousedown", (event) => this.#pressed(event), true);
    this.hover = new Hover(this.chart.box);
    // Names of the coloured models, shown below a chart that is too small for names at the curves.
    this.key = make("p", { class: "cg-models" });
    root.append(this.key);
    this.curve = shape("path", { class: "cg-pointed" });
    this.inside = shape("svg", { overflow: "hidden" });
    this.selectedCurve = shape("path", { class: "cg-own" });
    this.inside.append(this.selectedCurve, this.curve);
    this.names = shape("g", {});
    this.moving = shape("g", {}); // names of the selected point and of the pinned one
    this.pin = shape("rect", { width: 15, height: 15, class: "cg-pin" });
    this.halo = shape("circle", { r: 11, class: "cg-halo" });
    this.dot = shape("circle", { r: 5.5, class: "cg-dot" });
    this.chart.overlay.append(this.inside, this.pin, this.names, this.moving, this.halo, this.dot);
  }

  take(head, buffer, start) {
    this.head = head;
    this.#view = "";
    this.chart.describe(head);
    this.chart.show(new Uint8Array(buffer, start)).then(() => this.draw());
    this.draw();
  }

  /** Data coordinates of the selected point and of the pinned one, and the marks that are the same point. */
  #points() {
    const { marks = [] } = this.head;
    const pointOf = (record) => {
      const [x, y] = record.front.map(toNumber);
      const isTwin = ({ kind, model, at }) => kind !== "today" && record.below === null && model === record.model && at === record.at;
      return Number.isFinite(x) && Number.isFinite(y) ? { x, y, model: record.model, twins: marks.filter(isTwin) } : null;
    };
    const [{ now }, { pinned }] = [store, store.page];
    const other = pinned && pointOf(pinned);
    return { selected: pointOf(now), pinned: other && { ...other, isSame: store.isPinned } };
  }

  /** Make room for names at the ends of curves. A ranking has as many names at its axis as fit, coloured ones first. */
  #adapt(layout) {
    const { ranking, names, coloured } = this.head;
    const { scale } = this.chart;
    if (!ranking) {
      const long = names.filter(({ model }) => coloured.includes(model)).map(({ words }) => width(words, TYPE * scale));
      if (!this.key.checkVisibility()) layout.margin.r = Math.ceil(Math.max(0, ...long) + (LEAD + 4) * scale);
      return;
    }
    const room = (layout.height - layout.margin.t - layout.margin.b) / ranking.models.length;
    const order = ranking.models.map((_, k) => k);
    const isColoured = ranking.models.map((name) => coloured.includes(name));
    order.sort((a, b) => isColoured[b] - isColoured[a] || a - b);
    const rows = [];
    for (const k of order) if (rows.every((other) => Math.abs(other - k) * room >= TICK)) rows.push(k);
    Object.assign(layout.yaxis, { tickvals: rows, ticktext: rows.map((k) => ranking.names[k]) });
  }

  /** The nearest of some marks or markers under the mouse, at most so many pixels away. */
  #under({ event }, marks, most) {
    const box = this.chart.plot.getBoundingClientRect();
    const away = ({ spot }) => Math.hypot(box.x + spot.x - event.clientX, box.y + spot.y - event.clientY);
    return event && marks.filter((mark) => away(mark) <= most).sort((a, b) => away(a) - away(b))[0];
  }

  /** The mark, marker or corner of a curve under the mouse, in this order: Plotly prefers a curve to its markers. */
  #at(event) {
    const mark = this.#under(event, this.#marks.filter(({ spot }) => !spot.side), MARK);
    const marker = mark ? undefined : this.#under(event, this.#markers, MARKER);
    const point = mark ? this.#ofMark(mark) : (marker?.point ?? this.#ofPoint(event.points[0]));
    return { mark, point, isMarker: Boolean(marker) };
  }

  /** Operating point of a marker or of a corner of a curve; `undefined` for the current system. */
  #ofPoint(point) {
    const trace = point && this.chart.data[point.curveNumber];
    if (trace?.meta) return this.#ofMark(this.head.marks[trace.meta.mark]);
    const at = trace?.customdata?.[point.pointNumber];
    return at === undefined ? undefined : { model: trace.name.replace(/^curve /, ""), at: toText(at), below: null };
  }

  #ofMark = ({ model, at }) => (store.model(model) ? { model, at, below: null } : undefined);

  /** A double click resets the zoom. It restores the point that was selected before its first click. */
  #doubled(when = performance.now()) {
    const { before } = this;
    this.deaf = performance.now() + DOUBLE;
    this.before = undefined;
    if (before === undefined || when - before.when > DOUBLE) return;
    store.choose(before.place);
  }

  #pressed({ detail, timeStamp }) {
    this.presses = detail;
    if (detail > 1) this.#doubled(timeStamp);
  }

  #clicked(event) {
    const now = performance.now();
    if (this.presses > 1 || now < this.deaf) return;
    const { point: clicked } = this.#at(event);
    if (clicked === undefined) return;
    // The cards show the clicked point, and the chart may move away under the pointer.
    this.hover.rest(event.event);
    this.before = { place: store.now, when: now };
    // A dot of a ranking is a model. A click on the selected model keeps its threshold.
    if (this.head.ranking) store.chooseModel(clicked.model);
    else store.choose(clicked);
  }

  #pointed(event) {
    if (!store.ready || store.moving) return;
    const { mark, point: pointed, isMarker } = this.#at(event);
    this.curve.setAttribute("d", "");
    if (pointed === undefined) {
      if (mark) this.hover.show([mark.label, mark.words], event.event);
      return;
    }
    const lines = this.#lines(pointed, mark, isMarker);
    this.awaited = lines ? null : event;
    this.hover.show(lines ?? [store.page.help.checking], event.event);
    this.#trace(pointed.model);
  }

  #left() {
    this.awaited = null;
    this.hover.hide();
    this.curve.setAttribute("d", "");
  }

  /** Lines about a point under the pointer. The words of all points of its model are requested together. */
  #lines(pointed, mark, isMarker) {
    const traces = this.chart.data.filter(({ name }) => name === pointed.model || name === `curve ${pointed.model}`);
    const marks = (this.head.marks ?? []).filter(({ model }) => model === pointed.model);
    const others = new Set([...traces.flatMap(({ customdata }) => Array.from(customdata, toText)), ...marks.map(({ at }) => at)]);
    const { lines, standing = [], best = [] } = store.pointed(pointed, [...others]) ?? {};
    if (!lines) return undefined;
    // The current system may lie between two operating points, so its own name replaces that of the nearest one.
    if (mark) return [`${mark.label}: ${mark.words}`, ...lines.slice(1)];
    return [...lines, ...(isMarker ? best : standing)];
  }

  /** Curve of a model as Python sent it. */
  #curve = (model) => this.chart.data.find(({ name }) => name === `curve ${model}`);

  /** Draw the curve of a grey model in its colour, because it is under the pointer or selected. */
  #trace(model, path = this.curve) {
    const curve = this.head.coloured.includes(model) ? undefined : this.#curve(model);
    path.setAttribute("d", "");
    if (!curve) return;
    const { left, top, right, bottom } = this.chart.frame();
    const [x, y] = [this.chart.axis("x"), this.chart.axis("y")];
    const isStepped = curve.line.shape === "hv";
    const corners = Array.from(curve.x, (value, k) => [(place(x, value) - left).toFixed(1), (place(y, curve.y[k]) - top).toFixed(1)]);
    set(this.inside, { x: left, y: top, width: right - left, height: bottom - top });
    set(path, { d: `M${corners.map(([across, up], k) => isStepped && k ? `H${across}V${up}` : `${across} ${up}`).join(isStepped ? "" : "L")}`, stroke: this.#color(model) });
  }

  #color = (model) => this.chart.ink(this.head.names.find((name) => name.model === model).color);

  draw() {
    if (!store.ready || !this.head) return;
    this.#fillKey();
    if (!this.chart.ready) return;
    if (this.awaited) this.#pointed(this.awaited);
    const [x, y] = [this.chart.axis("x"), this.chart.axis("y")];
    const { selected, pinned } = this.#points();
    // A point outside the chart is shown pale at the edge.
    const spot = (point) => point && { ...point, x: pixel(x, point.x), y: pixel(y, point.y), inside: visible(x, point.x) && visible(y, point.y) };
    const [chosen, pin] = [spot(selected), spot(pinned)];
    for (const [element, at] of [[this.halo, chosen], [this.dot, chosen], [this.pin, pin]]) {
      element.style.display = at ? "" : "none";
      element.style.opacity = at?.inside ? 1 : 0.45;
      if (at) set(element, element === this.pin ? { x: at.x - 7.5, y: at.y - 7.5 } : { cx: at.x, cy: at.y });
    }
    // A star would be unreadable under ring and dot, so the ring covers it, and the dot has the model's colour.
    const isFair = chosen?.twins.some(({ kind }) => kind === "compromise");
    this.halo.style.fill = isFair ? "var(--st-background-color)" : "";
    this.dot.style.fill = isFair ? this.#color(chosen.model) : "";
    if (selected) this.#trace(selected.model, this.selectedCurve);
    const twins = [chosen, pin].flatMap((at) => at?.twins.map(({ names }) => names) ?? []);
    const view = JSON.stringify([this.chart.frame(), x.range, y.range, this.chart.scale, document.fonts.status, chosen?.model, twins]);
    if (view !== this.#view) {
      this.#view = view;
      this.#locate(x, y);
      this.#fixedNames = this.#nameMarks(x, y, twins);
      this.names.replaceChildren(...this.#nameCurves(chosen), ...this.#fixedNames.flatMap(({ drawn }) => drawn));
    }
    this.#nameMoving(chosen, pin);
  }

  /** Update the pixels of markers, marks and ends of the curves. */
  #locate(x, y) {
    const pixels = ({ x: xs, y: ys }) => Array.from(xs, (value, k) => ({ x: place(x, value), y: place(y, ys[k]) }));
    const { left, top, right, bottom } = this.chart.frame();
    const inside = (at) => at.x >= left && at.x <= right && at.y >= top && at.y <= bottom;
    this.#markers = this.chart.data.flatMap((trace, curveNumber) => {
      if (trace.mode !== "markers" || trace.meta || !trace.customdata) return [];
      const point = (pointNumber) => this.#ofPoint({ curveNumber, pointNumber });
      return pixels(trace).map((spot, k) => ({ ...square(spot, MARKER), spot, point: point(k) }));
    }).filter(({ spot }) => inside(spot));
    this.#marks = (this.head.marks ?? []).map((mark) => ({ ...mark, spot: inSight(x, y, mark) }));
    this.#ends = new Map();
    for (const { model } of this.head.names ?? []) {
      const curve = this.#curve(model);
      let end = null;
      const corners = curve ? pixels(curve) : [];
      corners.forEach((at, k) => {
        if (inside(at) && !(end?.x >= at.x)) end = at;
        // The end may lie between two corners, where the curve leaves the chart.
        const next = corners[k + 1];
        if (!next || at.x > right === next.x > right) return;
        const height = curve.line.shape === "hv" ? at.y : at.y + ((next.y - at.y) * (right - at.x)) / (next.x - at.x);
        if (height >= top && height <= bottom && !(end?.x >= right)) end = { x: right, y: height };
      });
      if (end) this.#ends.set(model, end);
    }
  }

  /** Names at the right-hand ends of the coloured curves and of the selected model's curve. */
  #nameCurves(chosen) {
    if (this.head.ranking || this.key.checkVisibility()) return [];
    const { scale, size } = this.chart;
    const { top, right, bottom } = this.chart.frame();
    const isNamed = ({ model }) => this.#ends.has(model) && (this.head.coloured.includes(model) || model === chosen?.model);
    const line = LINE * scale;
    const shown = this.head.names.filter(isNamed).slice(0, Math.floor((bottom - top) / line));
    const ends = shown.map((name) => ({ ...name, end: this.#ends.get(name.model) })).sort((a, b) => a.end.y - b.end.y);
    const heights = spaced(ends.map(({ end }) => end.y), line, top, bottom);
    return ends.flatMap(({ words, model, end }, k) => {
      const color = this.#color(model);
      const long = width(words, TYPE * scale);
      const x = Math.min(right + LEAD * scale, size.width - long);
      const lead = shape("path", { class: "cg-lead", d: `M${end.x + 1} ${end.y}L${x - 3} ${heights[k]}`, style: `stroke: ${color}` });
      return [lead, this.#text(words, x, heights[k], { color, type: "cg-end" })];
    });
  }

  /** SVG text of a name. Its left end is at `x`, and the middle of its height at `y`. */
  #text(words, x, y, { color = "", type = "", weight = 600 } = {}) {
    const text = shape("text", { x, y, class: `cg-name ${type}`, "font-weight": weight, style: color && `fill: ${color}` });
    text.style.fontSize = `${TYPE * this.chart.scale}px`;
    text.textContent = words;
    return text;
  }

  /** Width and height of a name in pixels. */
  #size = (text) => ({ width: width(text, TYPE * this.chart.scale) + 4, height: LINE * this.chart.scale });

  /** A name of a point, with its possible places. */
  #label(text, spot, room, marks, look = {}) {
    const others = marks.filter((other) => Math.hypot(other.x - spot.x, other.y - spot.y) > MARK);
    return { ...look, text, places: around({ ...spot, room }, this.#size(text), this.head.side, this.chart.frame(), others) };
  }

  /** Pixels of the visible marks that have a name. */
  get #spots() {
    return this.#marks.filter(({ names, spot }) => names && !spot.side).map(({ spot }) => spot);
  }

  /** Place labels, and draw those that have a place. */
  #drawn(labels, marks, standing = []) {
    const places = placed(labels, this.chart.frame(), marks, this.#markers, standing);
    return labels.flatMap(({ text, ...look }, k) => {
      if (!places[k]) return [];
      const { box, lead } = places[k];
      const name = this.#text(text, box.left + 2, (box.top + box.bottom) / 2, look);
      const line = lead ? [shape("path", { class: "cg-lead", d: `M${lead[0]} ${lead[1]}L${lead[2]} ${lead[3]}` })] : [];
      return [{ box, drawn: [...line, name] }];
    });
  }

  /** Names of limits and marks, except for marks at the selected or pinned point, whose names move with it. */
  #nameMarks(x, y, twins) {
    const spots = this.#spots;
    const named = this.#marks.filter(({ names, away, spot }) => names && !twins.includes(names) && (!spot.side || away));
    const labels = named.map(({ names, away, spot }) =>
      this.#label(spot.side ? pointing(away["xy".indexOf(spot.axis)], spot.side) : names, spot, MARK, spots));
    for (const { axis, value, words } of this.head.limits ?? []) {
      const spot = inSight(x, y, { [axis]: value });
      const text = spot.side ? pointing(words, spot.side) : words;
      const places = besideLine(axis, spot[axis], this.#size(text), this.chart.frame());
      labels.push({ text, type: "cg-limit", weight: 400, places });
    }
    return this.#drawn(labels, spots.map((spot) => square(spot, MARK)));
  }

  /** Name the selected and the pinned point. Hide fixed names that one of the two covers. */
  #nameMoving(chosen, pinned) {
    const { words } = this.head;
    const moving = [[chosen, HALO], [pinned, MARK]].filter(([spot]) => spot).map(([spot, room]) => square(spot, room));
    const free = this.#fixedNames.filter(({ box, drawn }) => {
      const isFree = !moving.some((other) => overlap(other, box));
      for (const element of drawn) element.style.visibility = isFree ? "" : "hidden";
      return isFree;
    });
    const spots = this.#spots;
    const label = (spot, kind, room, look) => {
      const twin = spot.twins.find(({ names }) => names)?.names;
      const text = [twin, kind].filter(Boolean).join(", ");
      return this.#label(text, spot, room, [...spots, chosen, pinned].filter(Boolean), { type: twin ? "" : "cg-mark", ...look });
    };
    const labels = [];
    const kind = pinned?.isSame ? `${words.chosen}, ${words.pinned}` : words.chosen;
    if (chosen) labels.push(label(chosen, chosen.inside ? kind : words.outside, HALO, { must: true }));
    if (pinned && !pinned.isSame) labels.push(label(pinned, words.pinned, MARK, { type: "" }));
    const marks = [...spots.map((spot) => square(spot, MARK)), ...moving];
    setChildren(this.moving, this.#drawn(labels, marks, free.map(({ box }) => box)).flatMap(({ drawn }) => drawn));
  }

  /** List the coloured models below the chart. The list is hidden unless the chart is small. */
  #fillKey() {
    const { models } = store.page;
    const isNamed = ({ name }) => this.head.coloured.includes(name) || name === store.now.model;
    const named = this.head.ranking ? [] : models.filter(isNamed);
    const key = JSON.stringify(named);
    if (key === this.keyed) return;
    this.keyed = key;
    this.key.replaceChildren(...named.map((model) => make("span", {}, swatchOf(model), model.label)));
  }

  end() {
    this.chart.end();
  }
}

const ARROWS = { left: "←", right: "→", up: "↑", down: "↓" };

/** Words with an arrow to the side of the chart beyond which the named thing lies. */
const pointing = (words, side) => (side === "left" ? `${ARROWS.left} ${words}` : `${words} ${ARROWS[side]}`);

/** Pixels of a place, moved inside the chart if needed. A moved place has the axis and the side it is beyond. */
function inSight(x, y, at) {
  const out = {};
  for (const [axis, scale, sides] of [["y", y, ["up", "down"]], ["x", x, ["left", "right"]]]) {
    if (at[axis] === undefined) continue;
    out[axis] = pixel(scale, at[axis]);
    if (!visible(scale, at[axis])) Object.assign(out, { axis, side: sides[Number(place(scale, at[axis]) > out[axis])] });
  }
  return out;
}

/** Possible places of a limit's name: at both ends and in the middle of its line, on either side. */
function besideLine(axis, at, { width: wide, height }, { left, top, right, bottom }) {
  return [0, 1, 0.5].flatMap((share, k) =>
    [0, 1].map((other) => {
      const corner =
        axis === "x"
          ? [other ? at - 3 - wide : at + 3, top + share * (bottom - top - height)]
          : [left + share * (right - left - wide), other ? at + 3 : at - 3 - height];
      const box = { left: corner[0], top: corner[1], right: corner[0] + wide, bottom: corner[1] + height };
      return { box, cost: 4 * k + 2 * other };
    }),
  );
}

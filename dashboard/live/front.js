// The front: Plotly draws every model; the overlay is what has a name, and the point under discussion.
import { pointWords, swatch } from "./cards.js";
import { Chart, pixel, set, shape, visible } from "./chart.js";
import { make } from "./dom.js";
import { Hover, figureLine } from "./hover.js";
import { CELL, Taken, around, called, hasEnd, measured, overlap, placed, square } from "./label_placement.js";
import { store, toNumber } from "./store.js";
import { shortened } from "./number_formatting.js";

/** A threshold as a mark carries it: Python writes infinity in its own way. */
const toThreshold = (text) => (text === "inf" ? Infinity : Number(text));

/** What of the picture are shades and their edges, no curves: no name keeps off them. */
const SHADES = ["band", "band's edge", "keeps all limits", "certified"];
const DOUBLE = 600; // milliseconds from the first click of a double one to the second, and on to what follows it
const MARK = 8.5; // pixels from the middle of a named point to its edge
const HALO = 12.5; // of the point under discussion
const PRIORITY = { chosen: 100, pinned: 95, pick: 90, compromise: 85, today: 80, limit: 70, end: 10 };
const ANCHORS = 14; // places along a curve at which its name may stand
const CROWD = 20; // cells around a place on a curve that lines take, from which on it is not its own
const APART = 48; // pixels that a curve's name keeps from a marked point
const RIM = 22; // pixels at the chart's edge where no curve is named: a name there would be the axis's
const BESIDE = [2, 8, 15]; // pixels from a curve to its name
const TICK = 14; // pixels that a name beside an axis needs
const ONE = 6; // pixels up to which two named points are one to the eye, and have one name
const TURNED = 8; // what it costs a name to stand on two lines
const DASH = 9; // pixels of one colour where curves coincide
const SAME = 2; // pixels up to which two curves are one to the eye
const NEARLY = 0.9; // share of a curve that lies on another, from which on they have one name
const NEAR = 24; // pixels from a place on a curve within which nothing parts it from its name
const ROW = 5; // pixels below the picture on which the row of names stands
const TYPES = [12, 11, 10.5]; // pixels of type in that row, the first in which all of it fits
const CARD = 12; // pixels by which it may reach beyond the picture
const AIR = 4; // pixels at either end of a name, so that two on one line are not read as one

export class Front {
  #solved = ""; // what the names that stand were placed for
  #fixed = null; // those names
  #moved = ""; // the same of those that go with the point under discussion
  #curves = [];
  #markers = new Map(); // boxes of a model's markers

  constructor(root) {
    const on = {
      plotly_click: (event) => this.#clicked(event),
      plotly_doubleclick: () => this.#doubled(),
      plotly_hover: (event) => this.#pointed(event),
      plotly_unhover: () => this.#left(),
    };
    const adapt = (layout, width, height) => this.#ticks(layout, height);
    this.chart = new Chart(root, () => this.draw(), { on, adapt, least: 260, fills: true });
    // Plotly counts clicks by when it gets to them, which is late where the first one has much drawn; the browser
    // by when they are made. Of a finger only Plotly counts.
    this.chart.plot.addEventListener("pointerdown", () => (this.presses = 1), true);
    this.chart.plot.addEventListener("mousedown", (event) => this.#pressed(event), true);
    this.hover = new Hover(this.chart.box);
    // Of the models that have colour, where the picture is too small for their names.
    this.key = make("p", { class: "cg-models" });
    root.append(this.key);
    this.curve = shape("path", { class: "cg-pointed" });
    this.inside = shape("svg", { overflow: "hidden" });
    this.own = shape("path", { class: "cg-own" });
    this.over = shape("g", {}); // of curves that coincide, dashes of each
    this.inside.append(this.over, this.own, this.curve);
    this.names = shape("g", {});
    this.row = shape("text", { class: "cg-row" });
    this.pin = shape("rect", { width: 15, height: 15, class: "cg-pin" });
    this.halo = shape("circle", { r: 11, class: "cg-halo" });
    this.dot = shape("circle", { r: 5.5, class: "cg-dot" });
    this.moving = shape("g", {}); // names that go with the point under discussion
    this.chart.overlay.append(this.inside, this.pin, this.names, this.row, this.halo, this.dot, this.moving);
  }

  take(head, buffer, start) {
    this.head = head;
    this.chart.describe(head.alt);
    this.#solved = "";
    this.chart.show(new Uint8Array(buffer, start)).then(() => this.draw());
    this.draw();
  }

  /** Place of an operating point on the axes. */
  #place(model, at) {
    if (!this.head.ranking) return this.head.axes.map((id) => store.value(id, model, at));
    const row = this.head.ranking.models.indexOf(store.page.models[model].name);
    return [store.value(this.head.ranking.objective, model, at), row < 0 ? NaN : row];
  }

  /** Room for the row of names where letters are large; of a ranking as many names beside its axis as there is room
   * for: first those that have colour. */
  #ticks(layout, height) {
    const { ranking } = this.head ?? {};
    const { margins, scale } = this.chart;
    if (!ranking) return { "margin.b": margins.b + (scale > 1 ? (TYPES[0] + ROW) * scale : 0) };
    const room = (height - layout.margin.t - layout.margin.b) / ranking.models.length;
    const order = ranking.models.map((_, k) => k);
    const coloured = ranking.models.map((name) => this.head.coloured.includes(name));
    order.sort((a, b) => coloured[b] - coloured[a] || a - b);
    const kept = [];
    for (const k of order) if (kept.every((other) => Math.abs(other - k) * room >= TICK)) kept.push(k);
    kept.sort((a, b) => a - b);
    return { "yaxis.tickvals": kept, "yaxis.ticktext": kept.map((k) => ranking.names[k]) };
  }

  /** The named point under the mouse: it goes before one that nearly coincides with it. */
  #named({ event }) {
    if (!event || !this.head.marks) return undefined;
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const box = this.chart.plot.getBoundingClientRect();
    const far = ({ x, y }) =>
      Math.hypot(
        box.x + xaxis._offset + xaxis.d2p(x) - event.clientX,
        box.y + yaxis._offset + yaxis.d2p(y) - event.clientY,
      );
    const under = this.head.marks.map((mark) => ({ mark, away: far(mark) })).filter(({ away }) => away <= MARK);
    return under.sort((one, other) => one.away - other.away)[0]?.mark;
  }

  /** Model and position of a mark; nothing of what is no model's. */
  #ofMark({ model, threshold }) {
    const k = store.page.models.findIndex((one) => one.name === model);
    return k < 0 ? undefined : [k, store.position(k, toThreshold(threshold))];
  }

  /** Model and position of the operating point that a marker or a corner of a curve carries. */
  #ofPoint(point) {
    const trace = point && this.chart.plot._fullData[point.curveNumber];
    if (!trace) return undefined;
    if (trace.meta?.mark !== undefined) return this.#ofMark(this.head.marks[trace.meta.mark]);
    const row = trace.customdata?.[point.pointNumber];
    return row === undefined ? undefined : store.located(row);
  }

  /** A double click shows everything and chooses nothing: neither with its first click nor with its second. */
  #doubled(when = performance.now()) {
    const { before } = this;
    this.deaf = performance.now() + DOUBLE;
    this.before = undefined;
    if (before === undefined || when - before.when > DOUBLE) return;
    store.move(before.model, before.at, before.below);
    store.release();
  }

  #pressed({ detail, timeStamp }) {
    this.presses = detail;
    if (detail > 1) this.#doubled(timeStamp);
  }

  #clicked(event) {
    const now = performance.now();
    if (this.presses > 1 || now < this.deaf) return;
    const mark = this.#named(event);
    const found = mark?.model ? this.#ofMark(mark) : this.#ofPoint(event.points[0]);
    if (found === undefined) return;
    // What a click chooses the cards tell; and the picture may move away under the pointer.
    this.hover.rest(event.event);
    this.before = { model: store.model, at: store.at, below: store.below, when: now };
    const [model, at] = found;
    // A dot of a ranking is a model: the one that is shown keeps its threshold.
    if (this.head.ranking) store.show(model);
    else store.move(model, at);
    store.release();
  }

  #pointed(event) {
    if (!store.ready || store.moving) return;
    const point = event.points[0];
    const mark = this.#named(event);
    const found = mark ? this.#ofMark(mark) : this.#ofPoint(point);
    this.curve.setAttribute("d", "");
    if (found === undefined) {
      if (mark) this.hover.show([mark.label, mark.words], event.event);
      return;
    }
    this.hover.show(this.#said(found, mark, point), event.event);
    if (!this.head.ranking) this.#trace(found[0]);
  }

  #left() {
    this.hover.hide();
    this.curve.setAttribute("d", "");
  }

  /** What is told of a point under the pointer. */
  #said([model, at], mark, point) {
    const { ranking, axes } = this.head;
    if (ranking) return [store.page.models[model].label, figureLine(ranking.objective, model, at)];
    // Today's may lie between two operating points: as it is called, not as the nearest.
    const words = mark?.words ?? pointWords(model, at);
    const lines = [mark ? `${mark.label}: ${words}` : words];
    lines.push(...axes.map((id) => figureLine(id, model, at)));
    const trace = this.chart.plot._fullData[point.curveNumber];
    if (mark || trace.mode !== "markers") {
      if (!mark) lines.push(this.#standing(model, at));
      return lines.filter(Boolean);
    }
    lines.push(...store.page.stakeholders.filter((one) => this.#wins(one, model, at)).map((one) => `${one.wish} of all`));
    return lines;
  }

  /** Whether a point is the best of all at what a stakeholder wants beyond the two axes. */
  #wins({ objective }, model, at) {
    const column = store.pack.columns.get(objective);
    if (this.head.axes.includes(objective) || column === undefined) return false;
    const lower = store.page.objectives[objective].direction === "minimise";
    let best = NaN;
    for (const value of column.values) {
      if (Number.isFinite(value) && !(lower ? value >= best : value <= best)) best = value;
    }
    return store.value(objective, model, at) === best;
  }

  /** Why a point of a curve is not marked; nothing where it is as good as one that is. */
  #standing(model, at) {
    const wanted = store.page.stakeholders.map((one) => one.objective);
    if (wanted.some((id) => Number.isNaN(store.value(id, model, at)))) return "an objective is undefined here";
    const marked = this.head.front.includes(store.page.models[model].name);
    return marked ? "" : "beaten: another is as good for all, better for one";
  }

  /** Draw a grey model's curve in its colour: while it is pointed at, or as the chosen one's. */
  #trace(model, path = this.curve) {
    const { name, color } = store.page.models[model];
    const trace = this.chart.plot._fullData.find((one) => one.name === `curve ${name}`);
    path.setAttribute("d", "");
    if (!trace || this.head.coloured.includes(name)) return;
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const place = (k) => `${xaxis.d2p(trace.x[k]).toFixed(1)} ${yaxis.d2p(trace.y[k]).toFixed(1)}`;
    set(this.inside, { x: xaxis._offset, y: yaxis._offset, width: xaxis._length, height: yaxis._length });
    set(path, { d: `M${Array.from(trace.x, (_, k) => place(k)).join("L")}`, stroke: color });
  }

  draw() {
    if (!store.ready || !this.head) return;
    this.#fillKey();
    if (!this.chart.ready) return;
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const chosen = this.#spot(store.model, store.at, this.head.ranking ? null : store.below);
    const pinned = store.pinned && this.#pinnedSpot(...store.pinned);
    this.chart.overlay.style.visibility = "visible";
    for (const element of [this.halo, this.dot]) {
      element.style.display = chosen ? "" : "none";
      // A point outside the picture is shown at its edge, pale.
      element.style.opacity = chosen?.inside ? 1 : 0.45;
      if (chosen) set(element, { cx: chosen.x, cy: chosen.y });
    }
    // A star under ring and dot would be a blot: there the ring covers it, and the dot has the model's colour.
    const isFair = this.#twins(chosen).some(({ kind }) => kind === "compromise");
    this.halo.style.fill = isFair ? "var(--st-background-color)" : "";
    this.dot.style.fill = isFair ? store.page.models[chosen.model].color : "";
    this.pin.style.display = pinned ? "" : "none";
    if (pinned) set(this.pin, { x: pinned.x - 7.5, y: pinned.y - 7.5, opacity: pinned.inside ? 1 : 0.45 });
    const frame = {
      left: xaxis._offset,
      top: yaxis._offset,
      right: xaxis._offset + xaxis._length,
      bottom: yaxis._offset + yaxis._length,
    };
    const { width, height } = this.chart.plot._fullLayout;
    const key = JSON.stringify([width, height, frame, xaxis.range, yaxis.range, document.fonts.status, this.chart.scale]);
    if (key !== this.#solved) {
      this.#solved = key;
      this.#moved = "";
      this.#solve(frame);
    }
    const point = JSON.stringify([store.model, chosen, store.pinned, pinned]);
    if (point !== this.#moved) {
      this.#moved = point;
      this.#nameMoving(frame, chosen, pinned);
    }
  }

  /** Pixels of an operating point, kept inside the picture; nothing where it has no place. With a lower threshold
   * that was set its figures are those of the point under discussion, or as given. */
  #spot(model, at, below = null, value = (id) => store.value(id)) {
    const [x, y] = below === null ? this.#place(model, at) : this.head.axes.map(value);
    if (!Number.isFinite(x) || !Number.isFinite(y)) return null;
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const inside = visible(xaxis, x) && visible(yaxis, y);
    return { x: pixel(xaxis, x), y: pixel(yaxis, y), inside, model, at, below };
  }

  #pinnedSpot(model, at, below) {
    const { figures } = store.page.pinned;
    return this.#spot(model, at, this.head.ranking ? null : below, (id) => toNumber(figures[id]));
  }

  /** Names that the point under discussion, or the pinned one, shares with others. */
  #twins(spot) {
    if (spot === null) return [];
    return (this.head.marks ?? []).filter((mark) => {
      const found = mark.model && mark.kind !== "today" ? this.#ofMark(mark) : undefined;
      return found && found[0] === spot.model && found[1] === spot.at && spot.below === null;
    });
  }

  /** A name of some parts, with all the places that it could have by its size. */
  #label(parts, priority, weight, places, look = {}) {
    const font = `${weight} ${12 * this.chart.scale}px "Source Sans", sans-serif`;
    const settings = broken(parts.map((part) => (typeof part === "string" ? { words: part } : part))).map((rows) => {
      const lines = written(rows);
      const sizes = lines.map((words) => measured(words, font));
      const { height, above } = sizes[0];
      const size = { width: Math.max(...sizes.map(({ width: wide }) => wide)) + 2 * AIR, height: height * lines.length };
      return places(size).map((place) => ({
        ...place, rows, above, step: height, cost: place.cost + TURNED * (lines.length - 1),
      }));
    });
    return { priority, weight, ...look, places: settings.flat() };
  }

  /** Find a place for every name that stands: they are the same wherever the point under discussion is. */
  #solve(frame) {
    const { hard, soft } = this.#taken(frame);
    const curves = this.#apart(frame);
    this.#cover(curves, frame);
    const labels = [];
    const add = (...label) => labels.push(this.#label(...label));
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const [shown, out] = [[], []];
    for (const mark of this.head.marks ?? []) (visible(xaxis, mark.x) && visible(yaxis, mark.y) ? shown : out).push(mark);
    for (const mark of out.filter(({ kind }) => kind === "today")) {
      const side = this.#beyond("x", mark.x) ?? this.#beyond("y", mark.y);
      const isAcross = side === "left" || side === "right";
      const said = `${mark.label}, at ${mark.figures[isAcross ? 0 : 1]}`;
      const near = isAcross ? pixel(yaxis, mark.y) : pixel(xaxis, mark.x);
      add([pointing(said, side)], PRIORITY.today, 600, (size) => atEdge(side, near, size, frame));
    }
    // What lies at one place, to the eye, has one name: of all that it is.
    const groups = [];
    for (const mark of shown) {
      const at = { x: pixel(xaxis, mark.x), y: pixel(yaxis, mark.y) };
      const near = groups.find(({ spot }) => Math.hypot(spot.x - at.x, spot.y - at.y) < ONE);
      if (near) near.same.push(mark);
      else groups.push({ spot: at, same: [mark] });
    }
    const named = groups.map(({ spot }) => spot);
    for (const { spot, same } of groups) {
      const words = called(same, store.page.stakeholders.length);
      const priority = Math.max(...same.map(({ kind }) => PRIORITY[kind]));
      add(words, priority, 600, (size) => beside(spot, size, MARK, named), { spot, same, words });
    }
    for (const limit of this.head.limits ?? []) {
      const side = this.#beyond(limit.axis, limit.value);
      if (side === null) add([limit.words], PRIORITY.limit, 400, (size) => this.#besideLine(limit, size, frame), { kind: "limit" });
      else {
        // Of a line out of sight the name is all that there is.
        const near = limit.axis === "x" ? frame.bottom : frame.left;
        add([pointing(limit.words, side)], PRIORITY.limit, 400, (size) => atEdge(side, near, size, frame), { kind: "limit", must: true });
      }
    }
    const end = hasEnd(this.head) ? this.#flagsAll() : null;
    if (end) add(["all flagged"], PRIORITY.end, 400, (size) => beside(end, size, 4, named), { kind: "end" });
    const through = new Uint16Array(soft.cells.length); // by how many curves
    for (const [{ map }] of curves) map.cells.forEach((taken, k) => (through[k] += taken));
    this.#fixed = { hard, soft, through, named, own: null };
    const isSmall = this.key.checkVisibility();
    for (const same of isSmall ? [] : curves) labels.push(this.#labelOfCurves(same, frame));
    const places = placed(labels, hard, soft);
    labels.forEach((label, k) => (label.place = places[k]));
    for (const label of labels) label.drawn = label.place ? this.#written(label) : [];
    this.names.replaceChildren(...labels.flatMap(({ drawn }) => drawn));
    Object.assign(this.#fixed, { labels, isSmall });
  }

  /** The name of curves that are one to the eye. */
  #labelOfCurves(same, frame) {
    const { soft, through } = this.#fixed;
    const [{ name, xs, ys, color, map }] = same;
    const names = same.map((one) => one.name);
    const marks = same.map(({ label, shape: mark, color: ink }) => ({ words: shortened(label), mark, color: ink }));
    const rivals = new Taken(frame);
    rivals.cells.forEach((_, k) => (rivals.cells[k] = through[k] > map.cells[k]));
    for (const [other, boxes] of this.#markers) if (!names.includes(other)) boxes.forEach((box) => rivals.take(box));
    const parts = marks.length > 1 ? marks.map(({ words, color: ink }) => ({ words, color: ink })) : [marks[0].words];
    // Who has much of the front in sight has more claim to its room than who has little.
    const priority = Math.min(69, 20 + this.#shown(name));
    const places = (size) => this.#alongCurve(name, xs, ys, size, soft, rivals);
    return this.#label(parts, priority, 600, places, { color, key: { marks, xs, ys } });
  }

  /**
   * Name what goes with the point under discussion: itself, the pinned one, the curve of a grey model. All other names
   * stand, but those on which one of the two points lies: they step aside.
   */
  #nameMoving(frame, chosen, pinned) {
    this.own.setAttribute("d", "");
    if (!this.head.ranking) this.#trace(store.model, this.own);
    const { labels, hard: bare, soft, isSmall } = this.#fixed;
    const hard = bare.copy();
    const spots = [[chosen, HALO + 1], [pinned, MARK + 1]].filter(([spot]) => spot).map(([spot, room]) => square(spot, room));
    spots.forEach((spot) => hard.take(spot));
    const named = [...this.#fixed.named, chosen, pinned].filter(Boolean);
    const [twins, pinnedTwins] = [this.#twins(chosen), this.#twins(pinned)];
    const isOne = chosen && pinned && ["model", "at", "below"].every((part) => chosen[part] === pinned[part]);
    const moving = [];
    const standing = [];
    for (const label of labels) {
      const { same = [], spot, words, place } = label;
      const [isChosen, isPinned] = [twins, pinnedTwins].map((those) => same.some((mark) => those.includes(mark)));
      if (isChosen || isPinned) {
        const all = [...words, isChosen && "chosen", isPinned && "pinned"].filter(Boolean);
        const priority = isChosen ? PRIORITY.chosen : PRIORITY.pinned;
        moving.push(this.#label(all, priority, 600, (size) => beside(spot, size, isChosen ? HALO : MARK, named), { must: isChosen, of: label }));
      } else if (place && spots.some((own) => overlap(own, place.box))) moving.push({ ...label, of: label });
      else if (place) standing.push(place);
    }
    if (chosen && !twins.length) {
      const words = chosen.inside ? "chosen" : "chosen, outside the picture";
      moving.push(this.#label([words], PRIORITY.chosen, 600, (size) => beside(chosen, size, HALO, named), { is: "chosen", must: true }));
    }
    if (pinned && !pinnedTwins.length && !isOne) {
      moving.push(this.#label(["pinned"], PRIORITY.pinned, 600, (size) => beside(pinned, size, MARK, named)));
    }
    const grey = isSmall ? null : this.#labelOfGrey(frame);
    if (grey) moving.push(grey);
    const places = placed(moving, hard, soft, standing);
    moving.forEach((label, k) => (label.place = places[k]));
    const hidden = new Set(moving.map(({ of }) => of));
    for (const label of labels) for (const element of label.drawn) element.style.visibility = hidden.has(label) ? "hidden" : "";
    this.moving.replaceChildren(...moving.filter(({ place }) => place).flatMap((label) => this.#written(label)));
    const inSight = ({ xs, ys }) => xs.some((x, k) => inside({ x, y: ys[k] }, frame));
    const now = labels.map((label) => moving.find(({ of }) => of === label) ?? label);
    if (grey) now.push(grey);
    this.#fillRow(now.filter(({ key, place }) => key && place === null && inSight(key)).flatMap(({ key }) => key.marks));
  }

  /** The name of the curve that has colour for being the chosen model's alone; reckoned once a model. */
  #labelOfGrey(frame) {
    const { name } = store.page.models[store.model];
    if (this.head.ranking || this.head.coloured.includes(name)) return null;
    const trace = this.chart.plot._fullData.find((one) => one.name === `curve ${name}`);
    if (!trace) return null;
    if (this.#fixed.own?.name !== name) this.#fixed.own = { name, label: this.#labelOfCurves([this.#inPixels(trace, frame)], frame) };
    return { ...this.#fixed.own.label };
  }

  /** A name as it is drawn, with the line that leads to it. */
  #written({ place, color, kind, weight, is }) {
    const words = shape("text", { class: is ? "cg-mark" : kind ? `cg-name cg-${kind}` : "cg-name", "font-weight": weight });
    words.append(
      ...place.rows.map((row, k) => {
        const line = shape("tspan", { x: place.box.left + AIR, y: place.box.top + place.above + k * place.step });
        line.append(...inked(row, k < place.rows.length - 1));
        return line;
      }),
    );
    words.style.fontSize = `${12 * this.chart.scale}px`;
    if (color) words.style.fill = color;
    return place.lead ? [leader(place.lead), words] : [words];
  }

  /** Say below a small picture which models have colour. */
  #fillKey() {
    const { models } = store.page;
    const named = this.head.ranking ? [] : models.filter((_, k) => this.#isNamed(models[k].name));
    const key = JSON.stringify(named);
    if (key === this.keyed) return;
    this.keyed = key;
    this.key.replaceChildren(...named.map((one) => make("span", {}, swatch(models.indexOf(one)), one.label)));
  }

  /**
   * Name in a row below the axis's title, in the edge of the card, the curves that have no room for a name beside
   * them; as many as it holds. Between the axes their marks would be points.
   */
  #fillRow(keys) {
    const { width, height } = this.chart.plot._fullLayout;
    const said = keys.map(({ words, mark }, k) => `${k ? "   " : ""}${mark} ${words}`).join("");
    const long = (type) => measured(said, `400 ${type * this.chart.scale}px "Source Sans", sans-serif`).width;
    const size = (TYPES.find((type) => long(type) <= width) ?? TYPES.at(-1)) * this.chart.scale;
    this.row.style.fontSize = `${size}px`;
    const spans = [];
    let wide = 0;
    for (const { words, mark, color } of keys) {
      const [begin, own] = [spans.length ? "   " : "", ` ${words}`];
      wide += measured(`${begin}${mark}${own}`, `400 ${size}px "Source Sans", sans-serif`).width;
      if (wide > width + CARD) break;
      const glyph = shape("tspan", { fill: color });
      glyph.textContent = `${begin}${mark}`;
      spans.push(glyph, own);
    }
    this.row.replaceChildren(...spans);
    // Large letters find no room in the edge of the card: there the picture leaves some.
    set(this.row, { x: width / 2, y: this.chart.scale > 1 ? height - ROW : height + ROW });
  }

  /** Where every unit is flagged: the same point for all models; nothing where it is out of sight. */
  #flagsAll() {
    const spot = this.#spot(store.model, 0);
    return spot?.inside && store.value("share_flagged", store.model, 0) === 1 ? spot : null;
  }

  /** A curve in pixels, with what its model is and what it covers. */
  #inPixels(trace, frame) {
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const name = trace.name.slice("curve ".length);
    const xs = Array.from(trace.x, (x) => xaxis._offset + xaxis.d2p(x));
    const ys = Array.from(trace.y, (y) => yaxis._offset + yaxis.d2p(y));
    const map = new Taken(frame);
    map.takeLine(xs, ys);
    return { ...store.page.models.find((one) => one.name === name), xs, ys, map };
  }

  /** Curves with a name, those together that are one to the eye. */
  #apart(frame) {
    const drawn = this.#curves.map((trace) => this.#inPixels(trace, frame));
    const out = [];
    for (const curve of drawn) {
      const same = out.find(([first]) => covers(first.map, curve.map) && covers(curve.map, first.map));
      if (same) same.push(curve);
      else out.push([curve]);
    }
    return out;
  }

  /** Draw curves that coincide anew, in dashes of each one's colour in turn; not over marks. */
  #cover(curves, { left, top, right, bottom }) {
    set(this.inside, { x: left, y: top, width: right - left, height: bottom - top });
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const marks = (this.head.marks ?? []).map(({ x, y }) => ({ x: xaxis.d2p(x), y: yaxis.d2p(y) }));
    const covered = curves.filter((same) => same.length > 1).flatMap((same) => {
      const [{ xs, ys }] = same;
      let d = "";
      let pen = "M";
      Array.from(xs, (x, k) => [x - left, ys[k] - top]).forEach(([x, y]) => {
        if (marks.some((mark) => Math.hypot(mark.x - x, mark.y - y) < MARK + 1)) pen = "M";
        else [d, pen] = [`${d}${pen}${x.toFixed(1)} ${y.toFixed(1)}`, "L"];
      });
      const dashes = `${DASH} ${DASH * (same.length - 1)}`;
      return same.map(({ color }, k) =>
        shape("path", { class: "cg-over", d, stroke: color, "stroke-dasharray": dashes, "stroke-dashoffset": -k * DASH }),
      );
    });
    this.over.replaceChildren(...covered);
  }

  /** On which side of the picture a figure of an axis lies that is out of sight; nothing where it is in sight. */
  #beyond(name, value) {
    const axis = this.chart.plot._fullLayout[`${name}axis`];
    if (visible(axis, value)) return null;
    const isBefore = axis.d2p(value) < 0;
    if (name === "x") return isBefore ? "left" : "right";
    return isBefore ? "up" : "down";
  }

  /** How many markers of a model are in sight. */
  #shown(name) {
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const trace = this.chart.plot._fullData.find((one) => one.mode === "markers" && one.name === name && one.customdata);
    return trace ? Array.from(trace.x).filter((x, k) => visible(xaxis, x) && visible(yaxis, trace.y[k])).length : 0;
  }

  /** What is on the chart already: markers, on which no name may lie, and lines, on which it had better not. */
  #taken(frame) {
    const hard = new Taken(frame);
    const soft = new Taken(frame);
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    this.#curves = [];
    this.#markers.clear();
    for (const trace of this.chart.plot._fullData) {
      if (trace.mode !== "markers" && SHADES.includes(trace.name)) continue;
      const xs = Array.from(trace.x, (x) => xaxis._offset + xaxis.d2p(x));
      const ys = Array.from(trace.y, (y) => yaxis._offset + yaxis.d2p(y));
      if (trace.mode === "markers") {
        const half = (trace.marker.size + (trace.meta?.mark === undefined ? 2 : 4)) / 2;
        const boxes = Array.from(xs, (x, k) => square({ x, y: ys[k] }, half));
        boxes.forEach((box) => hard.take(box));
        if (trace.meta?.mark === undefined) this.#markers.set(trace.name, boxes);
      } else {
        soft.takeLine(xs, ys);
        if (trace.name?.startsWith("curve ") && this.head.coloured.includes(trace.name.slice(6))) this.#curves.push(trace);
      }
    }
    for (const { axis, value } of this.head.limits ?? []) {
      const at = axis === "x" ? xaxis._offset + xaxis.d2p(value) : yaxis._offset + yaxis.d2p(value);
      if (axis === "x") soft.takeLine([at, at], [frame.top, frame.bottom]);
      else soft.takeLine([frame.left, frame.right], [at, at]);
    }
    return { hard, soft };
  }

  /** Whether a curve has a name: one that has colour. Of grey ones the pointer tells. */
  #isNamed(name) {
    return this.head.coloured.includes(name) || store.page.models[store.model].name === name;
  }

  /** Places of a limit's words on either side of its line. */
  #besideLine({ axis, value }, { width, height }, frame) {
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const upright = axis === "x";
    const at = upright ? pixel(xaxis, value) : pixel(yaxis, value);
    const out = [];
    for (let step = 0; step <= 24; step += 1) {
      const share = step / 24;
      const along = upright
        ? frame.bottom - height - share * (frame.bottom - frame.top - height)
        : frame.left + share * (frame.right - frame.left - width);
      for (const side of [3, -3]) {
        const left = upright ? (side > 0 ? at + side : at + side - width) : along;
        const top = upright ? along : side > 0 ? at - side - height : at - side;
        out.push({ box: { left, top, right: left + width, bottom: top + height }, cost: 6 * share + (side < 0 ? 3 : 0) });
      }
    }
    return out;
  }

  /** Places of a model's name beside its curve. */
  #alongCurve(name, xs, ys, size, soft, rivals) {
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const own = this.chart.plot._fullData.find((one) => one.mode === "markers" && one.name === name && one.customdata);
    const marked = own ? [own.x, own.y].map((values, k) => Array.from(values, (value) => pixel(k ? yaxis : xaxis, value))) : [[], []];
    const marks = (this.head.marks ?? []).map((mark) => ({ x: pixel(xaxis, mark.x), y: pixel(yaxis, mark.y) }));
    const out = [];
    // At one of its markers, else somewhere along it; there where it lies apart from others.
    for (const [places, cost] of [[marked, 0], [[xs, ys], 14]]) {
      const inside = Array.from(places[0], (_, k) => k).filter((k) => {
        const [x, y] = [places[0][k] - xaxis._offset, places[1][k] - yaxis._offset];
        return x > RIM && y > RIM && x < xaxis._length - RIM && y < yaxis._length - RIM;
      });
      const count = Math.min(ANCHORS, inside.length);
      for (let k = 0; k < count; k += 1) {
        const at = inside[Math.round((k * (inside.length - 1)) / Math.max(1, count - 1))];
        const [x, y] = [places[0][at], places[1][at]];
        const crowd = soft.within(square({ x, y }, 9));
        // Beside a marked point a name would be read as that point's.
        if (marks.some((mark) => Math.hypot(mark.x - x, mark.y - y) < APART)) continue;
        if (cost > 0 && crowd > CROWD) continue; // a name there would be anybody's
        for (const place of around(x, y, size, 5, BESIDE, { cost: cost + 0.6 * crowd })) {
          const near = common(place.box, square({ x, y }, NEAR));
          // On another's curve, or on the other side of it, it would be read as that one's: rather in the key.
          const on = [bridge({ x, y }, place.box), near, place.box];
          if (on.every((box) => rivals.within(box) === 0)) out.push({ ...place, reach: reach({ x, y }, place.box) });
        }
      }
    }
    return out;
  }

  end() {
    this.chart.end();
  }
}

const AWAY = [2, 10, 22, 38, 58, 84, 116];

/** Places beside a point that has a room of its own, among others that have a name. */
function beside(spot, size, room, named) {
  const others = named.filter((other) => Math.hypot(other.x - spot.x, other.y - spot.y) >= ONE);
  return around(spot.x, spot.y, size, room + 2, AWAY, { others });
}

const line = ([x1, y1, x2, y2]) => ({ x1, y1, x2, y2 });

const ARROWS = { left: "←", right: "→", up: "↑", down: "↓" };

/** Words with an arrow to what they name beyond a side of the picture. */
const pointing = (words, side) => (side === "left" ? `${ARROWS.left} ${words}` : `${words} ${ARROWS[side]}`);

/** Places along a side of the picture, as near to a pixel of it as there is room. */
function atEdge(side, near, { width, height }, frame) {
  const [most, least] = [frame.right - width - 2, frame.left + 2];
  const [low, high] = [frame.bottom - height - 2, frame.top + 2];
  const inside = (value, from, to) => Math.max(from, Math.min(to, value));
  const out = [];
  const long = side === "left" || side === "right" ? frame.bottom - frame.top : frame.right - frame.left;
  for (let step = 0; 6 * step <= long; step += 1) {
    const away = 6 * step * (step % 2 ? 1 : -1);
    const left = { left: least, right: most }[side] ?? inside(near - width / 2 + away, least, most);
    const top = { up: high, down: low }[side] ?? inside(near - height / 2 + away, high, low);
    out.push({ box: { left, top, right: left + width, bottom: top + height }, cost: Math.abs(away) });
  }
  return out;
}

/** Whether nearly all of a line lies on another. */
function covers(map, line) {
  const { frame, columns, rows, cells } = line;
  let [all, on] = [0, 0];
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      if (!cells[y * columns + x]) continue;
      all += 1;
      const at = { x: frame.left + CELL * (x + 0.5), y: frame.top + CELL * (y + 0.5) };
      on += map.within(square(at, SAME)) > 0;
    }
  }
  return all > 0 && on >= NEARLY * all;
}

/** The settings of a name of several parts, as rows of parts: on one line, and on two of nearly the same length. */
function broken(parts) {
  const out = [[parts]];
  let least = Infinity;
  for (let k = 1; k < parts.length; k += 1) {
    const rows = [parts.slice(0, k), parts.slice(k)];
    const longest = Math.max(...written(rows).map(({ length }) => length));
    if (longest < least) [least, out[1]] = [longest, rows];
  }
  return out;
}

/** The lines of a name. */
function written(rows) {
  const goesOn = (k) => rows[k].length > 0 && rows.slice(k + 1).some((later) => later.length > 0);
  return rows.map((row, k) => row.map(({ words }) => words).join(", ") + (goesOn(k) ? ", " : ""));
}

/** A line of a name, of several models each in its own colour. */
function inked(row, goesOn) {
  return row.flatMap(({ words, color }, k) => {
    let part = words;
    if (color) {
      part = shape("tspan", { style: `fill: ${color}` });
      part.textContent = words;
    }
    return [part, k < row.length - 1 || goesOn ? ", " : ""];
  });
}

/** What lies between a place on a curve and the nearest edge of its name. */
function bridge({ x, y }, { left, top, right, bottom }) {
  const [nearX, nearY] = [Math.max(left, Math.min(right, x)), Math.max(top, Math.min(bottom, y))];
  return { left: Math.min(x, nearX), top: Math.min(y, nearY), right: Math.max(x, nearX), bottom: Math.max(y, nearY) };
}

/** From a name to the line that it stands below or above, as high as another name would be between the two. */
function reach({ x, y }, { left, top, right, bottom }) {
  const high = bottom - top;
  return {
    left: Math.min(x, left),
    top: y < top ? Math.min(y, top - high) : top,
    right: Math.max(x, right),
    bottom: y > bottom ? Math.max(y, bottom + high) : bottom,
  };
}

/** What two boxes share. */
const common = (one, other) => ({
  left: Math.max(one.left, other.left),
  top: Math.max(one.top, other.top),
  right: Math.min(one.right, other.right),
  bottom: Math.min(one.bottom, other.bottom),
});

const inside = ({ x, y }, { left, top, right, bottom }) => x > left && x < right && y > top && y < bottom;
const leader = (ends) => shape("line", { class: "cg-lead", ...line(ends) });

// The player shows the point that the server selected, or a stop of the strip during a drag of the threshold.
//
// A point is sent as a record: its place (model, at, below), coordinates of its marks (front, x, lower, y), and
// finished words (answer, cards, threshold, labels). Python creates the records in `dashboard.live.strip`.

import { setText } from "./dom.js";

/** Milliseconds after which a request without an answer is repeated. */
const PATIENCE = 10_000;

/** Key of a record by its place. */
const key = ({ model, at, below }) => [model, at, below].join("\n");

/** Key of everything that the stops depend on. With two thresholds they also depend on the selected point. */
const stripOf = ({ of, now, inspected }) => [of, inspected ? key(now) : now.model].join("\n");

const INFINITE = { inf: Infinity, "-inf": -Infinity };

/** Number that Python sent. Undefined numbers are sent as null, infinite ones as text. */
export const toNumber = (value) => (value === null ? NaN : (INFINITE[value] ?? Number(value)));

/** Threshold in the form that Python reads. */
export const toText = (at) => (at === Infinity ? "inf" : String(at));

/** Records that were sent as columns. A column has slots, values, and the number of consecutive records with each value. */
function unpacked({ size, columns }) {
  const records = Array.from({ length: size }, () => ({}));
  for (const [slots, values, runs] of columns) {
    const column = runs.length > 0 ? values.flatMap((value, j) => Array(runs[j]).fill(value)) : values;
    for (const [path, before, after] of slots) {
      records.forEach((record, k) => {
        const inner = (outer, slot, j) => (outer[slot] ??= typeof path[j + 1] === "number" ? [] : {});
        const value = column[k];
        path.slice(0, -1).reduce(inner, record)[path.at(-1)] = typeof value === "string" ? before + value + after : value;
      });
    }
  }
  return records;
}

const unpackedAll = (strips) => Object.fromEntries(Object.entries(strips).map(([handle, strip]) => [handle, unpacked(strip)]));

class Player {
  page = null;
  /** Shown record. */
  now = null;
  moving = false;
  elements = new Set();
  paper = [];
  #strips = {};
  /** Selected point and visible range of the available strips, and of the requested strips. */
  #available = "";
  #requested = "";
  /** Actions of the reader that wait for the stops of a handle. */
  #waiting = [];
  /** Records with words by place, and words for points of the front under the pointer. */
  #words = new Map();
  #pointed = new Map();
  /** Last handle that the pointer or the focus was near, and the visible range then. */
  #nearHandle = ["upper", null];
  #handle = "upper";
  /** Record that was shown when the reader grasped the handle. */
  #before = null;
  #session = "";
  #turn = 0;
  #frame = 0;
  #sent = Promise.resolve();
  /** Time until which an answer is awaited. Another request would cancel the first one on the server. */
  #busy = 0;
  #next = null;
  #tell = null;
  #ask = null;

  /** Receive a page with the selected point. An answer to an earlier choice must not replace a later choice. */
  takePage(page, tell) {
    this.#tell = tell;
    if (page.session !== this.#session) {
      // A new session of the server counts turns from 0.
      this.#session = page.session;
      this.#turn = 0;
    }
    if (page.of !== this.page?.of) {
      for (const words of [this.#words, this.#pointed]) words.clear();
      this.#available = "";
    }
    if (stripOf(page) !== (this.ready && stripOf(this.page))) this.#strips = {};
    this.page = page;
    this.#busy = 0;
    this.paper = page.paper;
    this.#settle();
    // The pointer or the focus that moved the point is probably still near.
    if (this.#waiting.length > 0 || (this.#available && !this.#isCurrent)) this.near();
  }

  /** Receive stops, words of stops, or words of points of the front. `ask` sends requests. */
  takeStops({ of, strips, words = {}, model, points = [] }, ask) {
    this.#ask = ask;
    if (of === undefined) return;
    if (of === this.page?.of) this.#store(strips, words, model, points);
    this.#busy = 0;
    const next = this.#next;
    this.#next = null;
    if (strips) this.near();
    next?.();
  }

  #store(strips, words, model, points) {
    for (const record of Object.values(unpackedAll(words)).flat()) this.#words.set(key(record), record);
    for (const point of points) this.#pointed.set(`${model}\n${toNumber(point.at)}`, point);
    if (strips) [this.#strips, this.#available] = [unpackedAll(strips), this.#requested];
    if (!this.atRest) this.now = this.#withWords(this.now);
    for (const act of this.#isCurrent ? this.#waiting.splice(0) : []) act();
    this.draw();
  }

  /** Key of the selected point and the visible range, whose stops are needed. */
  get #wanted() {
    return `${key(this.page.now)}\n${this.#nearHandle[1]}`;
  }

  /** Whether the available strips match the selected point and the visible range. */
  get #isCurrent() {
    return this.#available === this.#wanted && this.stops().length > 0;
  }

  get ready() {
    return this.page !== null;
  }

  /** Whether the shown point is the one that the server selected. */
  get atRest() {
    return this.now === this.page.now;
  }

  /** Whether the point is the pinned one. */
  get isPinned() {
    return this.page.pinned !== null && key(this.now) === key(this.page.pinned);
  }

  /** Stops of the handle "upper", or "lower" of two thresholds; "others" has a stop for each other model. */
  stops(handle = "upper") {
    return this.#strips[handle] ?? [];
  }

  model(name) {
    return this.page.models.find((model) => model.name === name);
  }

  #withWords(record) {
    return { ...record, ...this.#words.get(key(record)) };
  }

  #settle() {
    if (this.page.turn >= this.#turn && !this.moving) {
      this.#turn = this.page.turn;
      this.now = this.page.now;
    }
    this.now ??= this.page.now;
    this.draw();
  }

  draw() {
    if (this.ready) for (const element of this.elements) element.draw();
  }

  /** Begin to move a handle. Until `release`, pages from the server do not change the shown point. */
  grasp(handle) {
    this.moving = true;
    this.#before ??= this.now;
    // The stops of the other handle are only valid once the server has answered.
    if (this.atRest) this.#handle = handle;
  }

  /** Show a stop of a handle. All elements are drawn in the next frame. */
  move(stop, handle = "upper") {
    if (!stop || handle !== this.#handle || key(stop) === key(this.now)) return;
    this.now = key(stop) === key(this.page.now) ? this.page.now : this.#withWords(stop);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
    });
  }

  /** Perform an action at a handle as soon as its stops are available. */
  follow(act, handle) {
    if (this.#isCurrent) act();
    else {
      this.#waiting.push(act);
      this.near(handle, this.#nearHandle[1]);
    }
  }

  /** Move by a number of stops of a handle. */
  step(by, handle) {
    this.follow(() => {
      const stops = this.stops(handle);
      const k = stops.findIndex((stop) => key(stop) === key(this.now));
      if (k >= 0) this.move(stops[Math.max(0, Math.min(stops.length - 1, k + by))], handle);
    }, handle);
  }

  /** Whether the shown point is selected, or a stop of this handle. */
  follows(handle) {
    return this.atRest || this.#handle === handle;
  }

  /** End a move. Send the new point; without a new point, show what the server selected meanwhile. */
  release() {
    if (!this.moving) return;
    if (this.#waiting.length > 0) {
      this.#waiting.push(() => this.release());
      return;
    }
    const before = this.#before;
    this.moving = false;
    this.#before = null;
    if (key(before) === key(this.now)) this.#settle();
    else if (!this.atRest || this.page.turn < this.#turn) this.say("chosen", this.now);
  }

  /** Choose a point. It is shown at once if it is an available stop, otherwise after the answer of the server. */
  choose(place) {
    this.#handle = "upper";
    this.move([...this.stops(), ...this.stops("others")].find((stop) => key(stop) === key(place)));
    this.say("chosen", place);
  }

  /** Choose a model by its name, at the threshold that the server proposes. The shown model keeps its threshold. */
  chooseModel(name) {
    if (name !== this.now.model) this.choose({ model: name, at: this.model(name).opening, below: null });
  }

  /** Send a point to the server. */
  say(what, { model, at, below }) {
    this.#turn += 1;
    const turn = this.#turn;
    this.#send(() => this.#tell(what, { model, threshold: at, below, turn }));
  }

  /** Request the stops of a handle in the visible range, then their missing words. The first stops come with all words. */
  near(...place) {
    if (!this.ready) return;
    if (place.length > 0) this.#nearHandle = place;
    const [handle, seen] = this.#nearHandle;
    const unknown = (stops) => [...stops.keys()].filter((k) => !this.#words.has(key(stops[k])));
    const open = Object.fromEntries([handle, "others"].map((name) => [name, unknown(this.stops(name))]));
    const again = () => this.near();
    if (!this.#isCurrent) {
      const whole = this.#words.size === 0 ? handle : null;
      if (this.#request({ seen, whole }, again)) this.#requested = this.#wanted;
    } else if (Object.values(open).flat().length > 0) this.#request({ seen, open }, again);
  }

  /** Words for a point of the front under the pointer; `undefined` until they arrive. The request includes the points `others`. */
  pointed({ model, at }, others) {
    const words = this.#pointed.get(`${model}\n${toNumber(at)}`);
    const what = { model, at: others };
    if (!words) this.#request(what, () => this.#request(what));
    return words;
  }

  /** Send messages one by one, because Streamlit runs only one fragment for messages that arrive together. */
  #send(message) {
    this.#sent = this.#sent.then(() => {
      message();
      return new Promise((done) => setTimeout(done, 0));
    });
  }

  /** Send a request; return whether it was sent. During another request, `again` is called after the answer. */
  #request(what, again) {
    const now = performance.now();
    const isFree = now >= this.#busy;
    if (!isFree) this.#next = again;
    else if (this.#ask !== null) {
      this.#busy = now + PATIENCE;
      this.#send(() => this.#ask("near", what));
    }
    return isFree;
  }

  /** Lines for a stop under the pointer; `undefined` until they arrive. */
  lines(stop) {
    return this.#words.get(key(stop))?.pointed;
  }

  /** Write a text into an element. A text that is not known yet is pale. */
  write(node, text = this.page.help.checking) {
    setText(node, text);
    node.classList.toggle("cg-checking", text.endsWith(this.page.help.checking));
  }
}

export const store = new Player();

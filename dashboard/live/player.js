// The player: it shows the point that the server says, or a stop of the strip while the threshold is dragged.
//
// A point comes as a record: its place (model, at, below), where its marks lie (front, x, lower, y), and its
// finished words (answer, cards, threshold, labels). Python writes all of it: `dashboard.live.strip`.

/** Milliseconds after which words that did not come are asked for again. */
const PATIENCE = 10_000;

/** A record's place as a key. */
const key = ({ model, at, below }) => [model, at, below].join("\n");

/** What all stops of a page depend on: with two thresholds those of one handle also on where the other is. */
const stripOf = ({ of, now, inspected }) => [of, inspected ? key(now) : now.model].join("\n");

const INFINITE = { inf: Infinity, "-inf": -Infinity };

/** A number or a threshold as Python sent it: undefined is null, infinite a text. */
export const toNumber = (value) => (value === null ? NaN : (INFINITE[value] ?? Number(value)));

/** A threshold as Python reads it. */
export const toText = (at) => (at === Infinity ? "inf" : String(at));

/** Records of one form, sent as columns: slots, their values, and how many records in a row have each of these. */
function unpacked({ size, columns }) {
  const records = Array.from({ length: size }, () => ({}));
  for (const [slots, values, runs] of columns) {
    const column = runs.length > 0 ? values.flatMap((value, j) => Array(runs[j]).fill(value)) : values;
    for (const [path, before, after] of slots) {
      records.forEach((record, k) => {
        const inner = (found, slot, j) => (found[slot] ??= typeof path[j + 1] === "number" ? [] : {});
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
  /** Record that is shown. */
  now = null;
  moving = false;
  elements = new Set();
  paper = [];
  #strips = {};
  /** Selected point and visible range: of the strips that are here, and of those that were asked for. */
  #known = "";
  #asked = "";
  /** What a hand did at a handle whose stops are not there yet. */
  #waiting = [];
  /** Records with words, by place; and what the pointer shows of points of the front. */
  #words = new Map();
  #pointed = new Map();
  /** Handle and visible range that a pointer or the focus was near. */
  #watched = ["upper", null];
  #handle = "upper";
  #held = null;
  #session = "";
  #turn = 0;
  #frame = 0;
  #sent = Promise.resolve();
  /** Until when an answer is awaited: another question would stop the server from giving it. */
  #busy = 0;
  #next = null;
  #tell = null;
  #ask = null;

  /** The server says a point. An answer to an earlier release must not take back a later choice. */
  takePage(page, tell) {
    this.#tell = tell;
    if (page.session !== this.#session) {
      // After a restart or a long sleep the server counts from the beginning.
      this.#session = page.session;
      this.#turn = 0;
    }
    if (page.of !== this.page?.of) {
      for (const learned of [this.#words, this.#pointed]) learned.clear();
      this.#known = "";
    }
    if (stripOf(page) !== (this.ready && stripOf(this.page))) this.#strips = {};
    this.page = page;
    this.#busy = 0;
    this.paper = page.paper;
    this.#settle();
    // A hand that moved the point is still near.
    if (this.#waiting.length > 0 || (this.#known && !this.#isCurrent)) this.near();
  }

  /** Stops, their words, or those of points of the front; the strip's element also carries what is asked. */
  takeStops({ of, strips, words = {}, model, points = [] }, ask) {
    this.#ask = ask;
    if (of === undefined) return;
    if (of === this.page?.of) this.#learn(strips, words, model, points);
    this.#busy = 0;
    const next = this.#next;
    this.#next = null;
    if (strips) this.near();
    next?.();
  }

  #learn(strips, words, model, points) {
    for (const record of Object.values(unpackedAll(words)).flat()) this.#words.set(key(record), record);
    for (const point of points) this.#pointed.set(`${model}\n${toNumber(point.at)}`, point);
    if (strips) [this.#strips, this.#known] = [unpackedAll(strips), this.#asked];
    if (!this.atRest) this.now = this.#withWords(this.now);
    for (const act of this.#isCurrent ? this.#waiting.splice(0) : []) act();
    this.draw();
  }

  /** Selected point and visible range whose stops are wanted. */
  get #wanted() {
    return `${key(this.page.now)}\n${this.#watched[1]}`;
  }

  /** Whether the strips are of the selected point and of the visible range. */
  get #isCurrent() {
    return this.#known === this.#wanted && this.stops().length > 0;
  }

  get ready() {
    return this.page !== null;
  }

  /** Whether the server has said this very point. */
  get atRest() {
    return this.now === this.page.now;
  }

  /** Whether the point is the pinned one. */
  get isPinned() {
    return this.page.pinned !== null && key(this.now) === key(this.page.pinned);
  }

  /** Stops of a handle: "upper", or "lower" where people inspect what lies between two thresholds; "others" open models. */
  stops(handle = "upper") {
    return this.#strips[handle] ?? [];
  }

  model(name) {
    return this.page.models.find((one) => one.name === name);
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

  /** A hand takes hold of a handle: until it lets go, the server changes nothing under it. */
  grasp(handle) {
    this.moving = true;
    this.#held ??= this.now;
    // The stops of the other handle come with the server's answer.
    if (this.atRest) this.#handle = handle;
  }

  /** Show a stop of a handle; everything follows in the next frame. */
  move(stop, handle = "upper") {
    if (!stop || handle !== this.#handle || key(stop) === key(this.now)) return;
    this.now = key(stop) === key(this.page.now) ? this.page.now : this.#withWords(stop);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
    });
  }

  /** Do what a hand asks of a handle: once its stops have come. */
  follow(act, handle) {
    if (this.#isCurrent) act();
    else {
      this.#waiting.push(act);
      this.near(handle, this.#watched[1]);
    }
  }

  /** Show the next stop of a handle, or one further away. */
  step(by, handle) {
    this.follow(() => {
      const stops = this.stops(handle);
      const k = stops.findIndex((stop) => key(stop) === key(this.now));
      if (k >= 0) this.move(stops[Math.max(0, Math.min(stops.length - 1, k + by))], handle);
    }, handle);
  }

  /** Whether the shown point is a stop of a handle. */
  follows(handle) {
    return this.atRest || this.#handle === handle;
  }

  /** The hand lets go: what it moved is said; where it moved nothing, what the server said meanwhile holds. */
  letGo() {
    if (!this.moving) return;
    if (this.#waiting.length > 0) {
      this.#waiting.push(() => this.letGo());
      return;
    }
    const held = this.#held;
    this.moving = false;
    this.#held = null;
    if (key(held) === key(this.now)) this.#settle();
    else if (!this.atRest || this.page.turn < this.#turn) this.say("chosen", this.now);
  }

  /** Choose a point: at once where it is a stop or opens a model, else once the server has said it. */
  choose(place) {
    this.#handle = "upper";
    this.move([...this.stops(), ...this.stops("others")].find((stop) => key(stop) === key(place)));
    this.say("chosen", place);
  }

  /** Choose a model by its name: at the threshold that the server says; the shown one keeps its own. */
  chooseModel(name) {
    if (name !== this.now.model) this.choose({ model: name, at: this.model(name).opening, below: null });
  }

  /** Tell the server a point. */
  say(what, { model, at, below }) {
    this.#turn += 1;
    const turn = this.#turn;
    this.#send(() => this.#tell(what, { model, threshold: at, below, turn }));
  }

  /** A pointer or the focus is near a handle: ask for its stops in the visible range, then for words not yet here. */
  near(...place) {
    if (!this.ready) return;
    if (place.length > 0) this.#watched = place;
    const [handle, seen] = this.#watched;
    const unknown = (stops) => [...stops.keys()].filter((k) => !this.#words.has(key(stops[k])));
    const open = Object.fromEntries([handle, "others"].map((name) => [name, unknown(this.stops(name))]));
    const again = () => this.near();
    if (!this.#isCurrent) {
      if (this.#request({ seen }, again)) this.#asked = this.#wanted;
    } else if (Object.values(open).flat().length > 0) this.#request({ seen, open }, again);
  }

  /** Lines for the pointer at a point of the front; nothing until they arrive together with those of others. */
  pointed({ model, at }, others) {
    const found = this.#pointed.get(`${model}\n${toNumber(at)}`);
    const what = { model, at: others };
    if (!found) this.#request(what, () => this.#request(what));
    return found;
  }

  /** Send messages one by one: Streamlit would run one fragment alone for all that comes in the same moment. */
  #send(message) {
    this.#sent = this.#sent.then(() => {
      message();
      return new Promise((done) => setTimeout(done, 0));
    });
  }

  /** Ask the server something, and tell whether; else once it has answered what it was asked before. */
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

  /** Lines for the pointer at a stop; nothing until they arrive. */
  lines(stop) {
    return this.#words.get(key(stop))?.pointed;
  }

  /** Write a text into a slot; one that is not known yet is pale. */
  write(node, text = this.page.help.checking) {
    if (node.textContent !== text) node.textContent = text;
    node.classList.toggle("cg-checking", text.endsWith(this.page.help.checking));
  }
}

export const store = new Player();

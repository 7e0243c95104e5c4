// What the page's elements share: the curves, the facts, and the point under discussion.

/** A figure as Python sent it: undefined is null, infinite a text. */
export function toNumber(value) {
  if (value === null || value === undefined) return NaN;
  return { inf: Infinity, "-inf": -Infinity }[value] ?? value;
}

/** Whether a figure keeps a limit; an undefined one does not. */
export function keeps(limit, value) {
  return limit.least ? value >= toNumber(limit.value) : value <= toNumber(limit.value);
}

/** The curves of all visible models, as `dashboard.live.packed_curves` wrote them. */
class Pack {
  constructor(head, buffer, start) {
    this.digest = head.digest;
    this.sizes = head.sizes;
    this.firsts = [];
    let total = 0;
    for (const size of head.sizes) {
      this.firsts.push(total);
      total += size;
    }
    let at = start;
    const take = (Type, length) => {
      const array = new Type(buffer, at, length);
      at += array.byteLength;
      return array;
    };
    this.thresholds = take(Float64Array, total);
    this.below = take(Float64Array, total);
    this.columns = new Map();
    for (const [id, ofModel] of head.columns) {
      const values = take(Float64Array, ofModel ? head.sizes.length : total);
      this.columns.set(id, { values, ofModel });
    }
    this.counts = {};
    for (const name of ["tp", "fp", "fn", "tn"]) {
      this.counts[name] = take(head.whole ? Uint32Array : Float64Array, total);
    }
  }

  /** The operating points of a model along an array of `this`: a view, not a copy. */
  own(array, model) {
    return array.subarray(this.firsts[model], this.firsts[model] + this.sizes[model]);
  }

  /** The cost of errors follows from what is here: another price of a miss sends no curve anew. */
  price(missCost) {
    if (missCost === this.missCost) return;
    this.missCost = missCost;
    const misses = this.columns.get("missed_defects").values;
    const alarms = this.columns.get("false_alarms").values;
    const values = misses.map((count, k) => missCost * count + alarms[k]);
    this.columns.set("cost_of_errors", { values, ofModel: false });
  }

  /** Figure of an objective at a point; NaN where undefined or not sent. */
  value(id, model, at) {
    const column = this.columns.get(id);
    if (column === undefined) return NaN;
    return column.values[column.ofModel ? model : this.firsts[model] + at];
  }
}

/** Figures that are no sum of what each of two thresholds does, from the counts of the scenario. */
const OF_COUNTS = {
  precision: ({ tp, fp }) => tp / (tp + fp),
  f1: ({ tp, fp, fn }) => (2 * tp) / (2 * tp + fp + fn),
  mcc: ({ tp, fp, fn, tn }) => (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
  shipped_defects_per_million: ({ fn, tn }) => (1e6 * fn) / (fn + tn),
};

class Store {
  pack = null;
  page = null;
  ranges = null;
  model = 0;
  at = 0;
  /** Position of the threshold below which units ship, where a hand has set it; else the one that costs least. */
  below = null;
  moving = false;
  elements = new Set();
  #arrived = null;
  #tell = null;
  #turn = 0;
  #session = "";
  #held = null;
  #frame = 0;
  #kept = { of: [], stretches: [] };

  takePack(head, buffer, start) {
    if (this.pack?.digest === head.digest) return;
    this.pack = new Pack(head, buffer, start);
    this.#settle();
  }

  /** The 95 % intervals of the stakeholders' figures come a moment after the figures. */
  takeRanges(head, buffer, start) {
    // The figures they belong to may come later.
    this.ranges = { figures: head.figures, model: head.model, ends: new Map() };
    let from = start;
    const end = (size) => {
      const array = new Float64Array(buffer, from, size);
      from += array.byteLength;
      return array;
    };
    for (const [id, ofModel] of head.columns) {
      const size = ofModel ? head.models : head.size;
      this.ranges.ends.set(id, { low: end(size), high: end(size), ofModel });
    }
    this.draw();
  }

  /**
   * Ends of the interval of a figure at a point, usually the one under discussion. Nothing where not known: of
   * what a threshold decides the server says it for the model under discussion.
   */
  range(id, model, at) {
    const set = model === undefined && this.below !== null;
    [model, at] = [model ?? this.model, at ?? this.at];
    const fits = this.ranges?.figures === this.page.figures;
    const ends = fits ? this.ranges.ends.get(id) : undefined;
    if (ends?.ofModel) return [ends.low[model], ends.high[model]];
    if (set) return undefined; // nobody has asked the server yet
    return ends && model === this.ranges.model ? [ends.low[at], ends.high[at]] : undefined;
  }

  /** Whether somebody may have picked a point for being the best on this data. */
  isPicked(model, at) {
    return this.page.picked.some(([its, place]) => its === model && place === at);
  }

  takePage(page, tell) {
    this.#tell = tell;
    if (page.session !== this.#session) {
      // Another session of the server's, after a restart or a long sleep, counts from the beginning.
      this.#session = page.session;
      this.#turn = 0;
    }
    const text = JSON.stringify(page);
    if (text === this.#arrived) return;
    this.#arrived = text;
    this.page = page;
    this.#settle();
  }

  /** Whether curves and facts belong together: in a run of the server one comes before the other. */
  get ready() {
    return this.pack !== null && this.page !== null && this.pack.digest === this.page.pack;
  }

  /** Whether the server has said this very point, so that its words stand. */
  get atRest() {
    const [model, at] = this.page.chosen;
    return model === this.model && at === this.at && this.page.below === this.below;
  }

  #settle() {
    if (!this.ready) return;
    const { missCost, costIsSent } = this.page.scenario;
    if (!costIsSent) this.pack.price(missCost);
    // An answer to an earlier release must not take back what was chosen since.
    if (this.page.turn >= this.#turn && !this.moving) {
      this.#turn = this.page.turn;
      [this.model, this.at] = this.page.chosen;
      this.below = this.page.below;
    } else {
      this.model = Math.min(this.model, this.pack.sizes.length - 1);
      this.at = Math.min(this.at, this.pack.sizes[this.model] - 1);
      this.below = this.#asSet(this.model, this.at, this.below);
    }
    this.draw();
  }

  /** A lower threshold that was set; nothing where it is the one that costs least, or nobody inspects. */
  #asSet(model, at, below) {
    if (below === null || !this.page.scenario.inspected) return null;
    const low = Math.min(below, at);
    return low === this.pack.value("band lower", model, at) ? null : low;
  }

  /** Put a point under discussion in the browser alone; everything follows in the next frame. */
  move(model, at, lower = null) {
    const below = this.#asSet(model, at, lower);
    if (model === this.model && at === this.at && below === this.below) return;
    this.model = model;
    this.at = at;
    this.below = below;
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.draw();
      });
    }
  }

  /** Put a model under discussion by its name: at its cheapest threshold within the limits, as the server says it. */
  show(model) {
    if (model !== this.model) this.move(model, this.page.models[model].opening);
  }

  draw() {
    if (!this.ready) return;
    for (const element of this.elements) element.draw();
  }

  /** A hand takes hold of the threshold: until it lets go, the server changes nothing under it. */
  grasp() {
    this.moving = true;
    this.#held ??= [this.model, this.at, this.below, this.lower];
  }

  /** Move the upper threshold alone: the lower one stays, and goes along only where it would be passed. */
  moveUpper(at) {
    if (!this.page.scenario.inspected) this.move(this.model, at);
    else this.move(this.model, at, Math.min(at, this.#held?.[3] ?? this.lower));
  }

  /** Move the lower threshold alone, likewise. */
  moveLower(lower) {
    this.move(this.model, Math.max(lower, this.#held?.[1] ?? this.at), lower);
  }

  /** Position of the threshold below which units ship; the upper one itself where nobody inspects. */
  get lower() {
    if (!this.page.scenario.inspected) return this.at;
    return this.below ?? this.pack.value("band lower", this.model, this.at);
  }

  /** Position of the model's threshold whose band costs least. */
  get cheapest() {
    const costs = this.pack.own(this.pack.columns.get("cost_of_errors").values, this.model);
    let best = 0;
    for (let k = 1; k < costs.length; k += 1) if (costs[k] < costs[best]) best = k;
    return best;
  }

  /** The hand lets go: what it moved is said; where it moved nothing, what the server said meanwhile holds. */
  letGo() {
    if (!this.moving) return;
    const [model, at, below] = this.#held;
    this.moving = false;
    this.#held = null;
    if (model === this.model && at === this.at && below === this.below) this.#settle();
    else this.release();
  }

  /** Tell the server which point is under discussion. */
  release() {
    if (this.atRest && this.page.turn >= this.#turn) return;
    this.say("chosen");
  }

  say(what) {
    this.#turn += 1;
    const threshold = this.threshold(this.model, this.at);
    this.#tell(what, {
      model: this.page.models[this.model].name,
      threshold: String(threshold), // JSON knows no infinity
      below: this.below === null ? null : String(this.threshold(this.model, this.below)),
      turn: this.#turn,
    });
  }

  threshold(model, at) {
    return this.pack.thresholds[this.pack.firsts[model] + at];
  }

  /** Figure of a point with its band of least cost; of the one under discussion with the band that was set. */
  value(id, model, at) {
    if (model !== undefined) return this.pack.value(id, model, at);
    return this.below === null ? this.pack.value(id, this.model, this.at) : this.ofBand(id);
  }

  /**
   * Figure of the model under discussion at an upper threshold, with the lower one that was set; where that would be
   * passed, it goes along.
   */
  ofBand(id, at = this.at) {
    const { model, pack } = this;
    const below = Math.min(this.below, at);
    if (id === "band lower") return below;
    const own = pack.value(id, model, at);
    if (id === "band rejected" || pack.columns.get(id)?.ofModel) return own;
    if (id in OF_COUNTS) return OF_COUNTS[id](this.#countsAt(at));
    const part = (lower) => pack.value(`part ${id}`, model, lower);
    // A sum of large parts, each rounded: as it is written, a figure is what the server says of it.
    return Number((own + part(below) - part(pack.value("band lower", model, at))).toPrecision(12));
  }

  /** Counts of the scenario at an upper threshold, with the lower one that was set. */
  #countsAt(at) {
    const i = this.pack.firsts[this.model] + at;
    const all = Object.fromEntries(Object.entries(this.pack.counts).map(([name, values]) => [name, values[i]]));
    const [defects, goods] = this.page.scenario.factors;
    const [fn, fp] = ["missed_defects", "false_alarms"].map((id) => this.ofBand(id, at));
    return { tp: (all.tp + all.fn) * defects - fn, fn, fp, tn: (all.fp + all.tn) * goods - fp };
  }

  /** A count of the file at the point under discussion. */
  count(name) {
    if (this.below === null) return this.pack.counts[name][this.pack.firsts[this.model] + this.at];
    const [defects, goods] = this.page.scenario.factors;
    return this.#countsAt(this.at)[name] / (name === "tp" || name === "fn" ? defects : goods);
  }

  /** First and last of each stretch of the model's operating points that keep all limits; without limits there are none. */
  get kept() {
    const { model, below, page, pack } = this;
    const of = [model, below, page, pack];
    if (of.some((one, k) => one !== this.#kept.of[k])) this.#kept = { of, stretches: this.#keptStretches() };
    return this.#kept.stretches;
  }

  #keptStretches() {
    const { limits } = this.page;
    const value = (id, at) => (this.below === null ? this.value(id, this.model, at) : this.ofBand(id, at));
    const out = [];
    for (let at = 0; limits.length > 0 && at < this.pack.sizes[this.model]; at += 1) {
      if (!limits.every((limit) => keeps(limit, value(limit.objective, at)))) continue;
      if (out.at(-1)?.[1] === at - 1) out.at(-1)[1] = at;
      else out.push([at, at]);
    }
    return out;
  }

  /** Model and position of an operating point by its row among those of all models. */
  located(row) {
    const { firsts } = this.pack;
    let model = firsts.length - 1;
    while (model > 0 && firsts[model] > row) model -= 1;
    return [model, row - firsts[model]];
  }

  /** Model and positions of the pinned point, as those of the one under discussion; nothing where none is pinned, or
   * its model is hidden. */
  get pinned() {
    const { models, pinned } = this.page;
    const model = models.findIndex((one) => one.name === pinned?.model);
    if (model < 0) return null;
    return [model, this.position(model, Number({ inf: Infinity }[pinned.threshold] ?? pinned.threshold)), pinned.below];
  }

  /** Position of the lowest threshold of a model at or above a value. */
  position(model, threshold) {
    const own = this.pack.own(this.pack.thresholds, model);
    let low = 0;
    let high = own.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (own[middle] < threshold) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export const store = new Store();

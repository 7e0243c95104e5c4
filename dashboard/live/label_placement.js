/**
 * Where names stand on a chart: beside what they name, inside it, on no marker and on no other name.
 *
 * @typedef {object} Box
 * @property {number} left
 * @property {number} top
 * @property {number} right
 * @property {number} bottom
 *
 * @typedef {object} Place where a name could stand
 * @property {Box} box
 * @property {number} cost the less, the better
 * @property {number[]} [lead] the line that leads to it from what it names: x1, y1, x2, y2
 * @property {Box} [reach] from a name to its line: another name in it would come between the two
 *
 * @typedef {object} Label
 * @property {number} priority who comes first where there is no room for all
 * @property {Place[]} places
 * @property {boolean} [must] it is never left out: without a free place it covers as little as it can
 */

const ROUNDS = 3;
const COVERED = 20; // what a cell of a marker costs that a name lies on which can't be left out
export const CELL = 2; // pixels of a cell of the map of what is taken

/** What is taken of a frame, as sums from its corner: how much of a box is taken costs four look-ups. */
export class Taken {
  /** @param {Box} frame */
  constructor(frame) {
    this.frame = frame;
    this.columns = Math.max(1, Math.ceil((frame.right - frame.left) / CELL));
    this.rows = Math.max(1, Math.ceil((frame.bottom - frame.top) / CELL));
    this.cells = new Uint8Array(this.columns * this.rows);
    this.sums = null;
  }

  /** The same anew, to take more of. */
  copy() {
    const out = new Taken(this.frame);
    out.cells.set(this.cells);
    return out;
  }

  /** First and last cell of a span; a box touches whatever cell it reaches into. */
  #span(from, to, start, count) {
    const first = Math.max(0, Math.floor((from - start) / CELL));
    return [first, Math.min(count, Math.ceil((to - start) / CELL))];
  }

  /** @param {Box} box */
  take({ left, top, right, bottom }) {
    const [x0, x1] = this.#span(left, right, this.frame.left, this.columns);
    const [y0, y1] = this.#span(top, bottom, this.frame.top, this.rows);
    for (let y = y0; y < y1; y += 1) if (x1 > x0) this.cells.fill(1, y * this.columns + x0, y * this.columns + x1);
    this.sums = null;
  }

  /** Take what a line through places covers. */
  takeLine(xs, ys) {
    for (let k = 1; k < xs.length; k += 1) {
      const far = Math.max(Math.abs(xs[k] - xs[k - 1]), Math.abs(ys[k] - ys[k - 1]));
      if (!(far < 1e5)) continue;
      const steps = Math.max(1, Math.ceil(far / CELL));
      for (let step = 0; step <= steps; step += 1) {
        const x = Math.floor((xs[k - 1] + ((xs[k] - xs[k - 1]) * step) / steps - this.frame.left) / CELL);
        const y = Math.floor((ys[k - 1] + ((ys[k] - ys[k - 1]) * step) / steps - this.frame.top) / CELL);
        if (x >= 0 && y >= 0 && x < this.columns && y < this.rows) this.cells[y * this.columns + x] = 1;
      }
    }
    this.sums = null;
  }

  /** How many cells of a box are taken. */
  within({ left, top, right, bottom }) {
    if (this.sums === null) this.#add();
    const wide = this.columns + 1;
    const [x0, x1] = this.#span(left, right, this.frame.left, this.columns);
    const [y0, y1] = this.#span(top, bottom, this.frame.top, this.rows);
    if (x1 <= x0 || y1 <= y0) return 0;
    const { sums } = this;
    return sums[y1 * wide + x1] - sums[y0 * wide + x1] - sums[y1 * wide + x0] + sums[y0 * wide + x0];
  }

  #add() {
    const wide = this.columns + 1;
    this.sums = new Int32Array(wide * (this.rows + 1));
    for (let y = 0; y < this.rows; y += 1) {
      let row = 0;
      for (let x = 0; x < this.columns; x += 1) {
        row += this.cells[y * this.columns + x];
        this.sums[(y + 1) * wide + x + 1] = this.sums[y * wide + x + 1] + row;
      }
    }
  }
}

export function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Whether a line crosses a box: what is left of it between the box's sides. */
function crosses([x1, y1, x2, y2], { left, top, right, bottom }) {
  let [from, to] = [0, 1];
  for (const [start, far, low, high] of [
    [x1, x2 - x1, left, right],
    [y1, y2 - y1, top, bottom],
  ]) {
    if (far === 0) {
      if (start < low || start > high) return false;
      continue;
    }
    const ends = [(low - start) / far, (high - start) / far];
    from = Math.max(from, Math.min(...ends));
    to = Math.min(to, Math.max(...ends));
  }
  return from <= to;
}

function clash(a, b) {
  if (overlap(a.box, b.box)) return true;
  if ((a.reach && overlap(a.reach, b.box)) || (b.reach && overlap(b.reach, a.box))) return true;
  return Boolean((a.lead && crosses(a.lead, b.box)) || (b.lead && crosses(b.lead, a.box)));
}

/** A box, moved into a frame. */
function pushed({ left, top, right, bottom }, frame) {
  const over = (from, to, least, most) => Math.max(least - from, Math.min(0, most - to));
  const [dx, dy] = [over(left, right, frame.left, frame.right), over(top, bottom, frame.top, frame.bottom)];
  return { left: left + dx, top: top + dy, right: right + dx, bottom: bottom + dy };
}

/**
 * Place names; who finds no place is left out.
 *
 * One after the other, by priority, takes its cheapest free place. Then, for some rounds, who has none asks
 * those in its way to move, and who can do better does.
 * @param {Label[]} labels
 * @param {Taken} hard what no name may lie on
 * @param {Taken} soft what it had better not lie on
 * @param {Place[]} [standing] names that stay: on their words none may lie, and on their lines only one that must
 * @returns {(Place | null)[]}
 */
export function placed(labels, hard, soft, standing = []) {
  const { frame } = hard;
  const inside = ({ left, top, right, bottom }) =>
    left >= frame.left && top >= frame.top && right <= frame.right && bottom <= frame.bottom;
  const dear = (place, covered) => ({ ...place, cost: place.cost + soft.within(place.box) + COVERED * covered });
  const able = labels.map(({ places, must }) => {
    const fits = places.filter(({ box }) => inside(box) && hard.within(box) === 0).map((place) => dear(place, 0));
    let free = fits.filter((place) => !standing.some((other) => clash(place, other)));
    const isOn = ({ box }) => standing.some((other) => overlap(box, other.box));
    if (must && !free.length) free = fits.filter((place) => !isOn(place));
    if (must && !free.length) {
      for (const place of places) {
        const box = pushed(place.box, frame);
        const lead = inside(place.box) ? place.lead : undefined;
        free.push(dear({ ...place, box, lead }, hard.within(box)));
      }
      if (!free.every(isOn)) free = free.filter((place) => !isOn(place));
    }
    return free.sort((a, b) => a.cost - b.cost);
  });
  const out = labels.map(() => null);
  const order = labels.map((_, k) => k);
  const first = (k) => Number(Boolean(labels[k].must));
  order.sort((a, b) => first(b) - first(a) || labels[b].priority - labels[a].priority || a - b);
  const inTheWay = (place, but = []) =>
    order.filter((k) => out[k] !== null && !but.includes(k) && clash(out[k], place));
  const free = (k, but = []) => able[k].find((place) => inTheWay(place, [k, ...but]).length === 0) ?? null;
  for (const k of order) {
    out[k] = free(k);
    if (out[k] === null) squeeze(k); // before those of less weight take what is left
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    let changed = false;
    for (const k of order) {
      if (out[k] === null) changed = squeeze(k) || changed;
      else {
        const better = free(k);
        if (better !== null && better.cost < out[k].cost) [out[k], changed] = [better, true];
      }
    }
    if (!changed) break;
  }
  return out;

  /** Take a place whose holders all find another. */
  function squeeze(k) {
    for (const place of able[k]) {
      const holders = inTheWay(place);
      if (holders.length > 2) continue;
      const before = holders.map((holder) => out[holder]);
      for (const holder of holders) out[holder] = null;
      out[k] = place;
      const moved = holders.every((holder) => (out[holder] = free(holder)) !== null);
      if (moved) return true;
      out[k] = null;
      holders.forEach((holder, i) => (out[holder] = before[i]));
    }
    return false;
  }
}

const TURNS = 16;
const NEAR = 11; // pixels from what is named up to which no line leads to its name
const CLEARLY = 6; // pixels by which a name is nearer to what it names than to anything else that has one
const STRANGE = 60; // what it costs to stand nearer to another

/** A square around a point. */
export const square = ({ x, y }, half) => ({ left: x - half, top: y - half, right: x + half, bottom: y + half });

/** Whether two marks lie on one another. */
const near = (one, other, room) => Math.hypot(one.x - other.x, one.y - other.y) < 1.5 * room;

/** Pixels from a point to a box's nearest edge. */
const apart = ({ x, y }, { left, top, right, bottom }) =>
  Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));

/**
 * Places around a point.
 *
 * A name is read as that of the nearest point. One that stands as near to another, or far from its own, has a
 * line to its own.
 * @param {number} x
 * @param {number} y
 * @param {{width: number, height: number}} size of the name
 * @param {number} room free around the point
 * @param {number[]} away how much farther than that
 * @param {{cost?: number, others?: {x: number, y: number}[]}} [more] cost of the point; what else has a name
 * @returns {Place[]}
 */
export function around(x, y, { width, height }, room, away, { cost = 0, others = [] } = {}) {
  const out = [];
  for (const far of away) {
    for (let turn = 0; turn < TURNS; turn += 1) {
      const angle = (2 * Math.PI * turn) / TURNS;
      const [right, down] = [Math.cos(angle), Math.sin(angle)];
      // The name's near edge, not its middle, is so far away.
      const from = room + far;
      const cx = x + right * (from + width / 2);
      const cy = y + down * (from + height / 2);
      const box = { left: cx - width / 2, top: cy - height / 2, right: cx + width / 2, bottom: cy + height / 2 };
      const nearX = Math.max(box.left, Math.min(box.right, x));
      const nearY = Math.max(box.top, Math.min(box.bottom, y));
      const gap = Math.hypot(nearX - x, nearY - y);
      if (gap < room) continue; // on a slant a wide name reaches into the room
      const strange = others.some((other) => apart(other, box) < gap + CLEARLY);
      const place = { box, cost: cost + gap + (strange ? STRANGE : 0) };
      if (strange || gap > room + NEAR) {
        const begun = room / gap;
        place.lead = [x + (nearX - x) * begun, y + (nearY - y) * begun, nearX, nearY];
        // Through another's mark it would lead there; from one that nearly coincides there is no other way.
        if (others.some((other) => !near(other, { x, y }, room) && crosses(place.lead, square(other, room)))) continue;
      }
      out.push(place);
    }
  }
  return out;
}

const canvas = typeof document === "undefined" ? null : document.createElement("canvas").getContext("2d");

/** Size of a text in a font, as an SVG text has it. */
export function measured(text, font) {
  canvas.font = font;
  const { width, fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = canvas.measureText(text);
  return { width: width + 2, height: above + below, above };
}

/** Names of marks at one place: of what everyone would choose, which is no less the fair option, one for all. */
export function called(same, everyone) {
  if (new Set(same.flatMap((mark) => mark.of)).size < everyone) return same.map(({ label }) => label);
  const others = same.filter(({ kind }) => kind !== "pick" && kind !== "compromise");
  return ["everyone’s best", ...others.map(({ label }) => label)];
}

/** Whether a curve has an end at which all is flagged: a ranking has none, whatever is chosen on it. */
export const hasEnd = ({ ranking }) => !ranking;

/**
 * Placement of names on a chart.
 *
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 * @typedef {{box: Box, cost: number, lead?: number[]}} Place possible place of a name; `lead` is a line to the named mark
 */

const TAKEN = 1000; // cost of a place on another name or on a mark, or beyond the frame
const MARKER = 15; // cost of a place on a marker of a curve
const AMBIGUOUS = 40; // cost of a place that is about as near to another mark
const NEAR = 6; // pixels by which a name must be nearer to its mark than to another one
const DISTANCES = [3, 26, 52]; // pixels from a mark to its name; only the nearest has no line between the two

export const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Distance from a point to a box in pixels, and the nearest point of the box. */
function nearest({ x, y }, { left, top, right, bottom }) {
  const at = [Math.max(left, Math.min(right, x)), Math.max(top, Math.min(bottom, y))];
  return [Math.hypot(at[0] - x, at[1] - y), ...at];
}

/** A square around a point. */
export const square = ({ x, y }, half) => ({ left: x - half, top: y - half, right: x + half, bottom: y + half });

/**
 * Possible places of a name around its mark, the nearest first. Names above and below the mark stay within the frame.
 * @param {{x: number, y: number, room: number}} mark `room` is its radius
 * @param {{width: number, height: number}} size of the name
 * @param {[number, number]} side on which there is most room: 1 or -1 to the right and down, 0 for neither
 * @param {Box} frame
 * @param {{x: number, y: number}[]} others marks with another name
 * @returns {Place[]}
 */
export function around({ x, y, room }, { width, height }, [right, down], frame, others = []) {
  const directions = [[right, down], [0, down], [right, 0], [-right, down], [right, -down], [0, -down], [-right, 0], [-right, -down]];
  const sides = directions.filter(([across, up]) => across || up);
  return DISTANCES.flatMap((far, k) =>
    sides.map(([across, up], order) => {
      const start = (at, side, size, away) => at + side * away + ((side - 1) / 2) * size;
      const oblique = (room + far) * (across && up ? 0.75 : 1);
      const free = start(x, across, width, oblique);
      const left = up ? Math.max(frame.left, Math.min(frame.right - width, free)) : free;
      const top = start(y, up, height, left === free ? oblique : room + far);
      const box = { left, top, right: left + width, bottom: top + height };
      const [gap, endX, endY] = nearest({ x, y }, box);
      const isAmbiguous = others.some((other) => nearest(other, box)[0] < gap + NEAR);
      const place = { box, cost: order + 8 * k + (isAmbiguous && !k ? AMBIGUOUS : 0) };
      if (k) place.lead = [x + ((endX - x) * room) / gap, y + ((endY - y) * room) / gap, endX, endY];
      return place;
    }),
  );
}

/**
 * Place names one after the other, each at the cheapest of its places. A name without a free place is left out,
 * unless it must be shown.
 * @param {{places: Place[], must?: boolean}[]} labels the most important first
 * @param {Box} frame
 * @param {Box[]} marks boxes that no name may cover
 * @param {Box[]} markers boxes that a name covers only if there is no better place
 * @param {Box[]} standing boxes of names that are already placed
 * @returns {(Place | null)[]}
 */
export function placed(labels, frame, marks, markers, standing = []) {
  const taken = [...marks, ...standing];
  return labels.map(({ places, must }) => {
    const cost = ({ box, cost: ownCost }) => {
      const isCut = box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom;
      const on = taken.filter((other) => overlap(box, other)).length;
      const near = markers.filter((marker) => overlap(box, marker)).length;
      return ownCost + TAKEN * (on + isCut) + MARKER * near;
    };
    const [best] = places.map((place) => ({ ...place, cost: cost(place) })).sort((a, b) => a.cost - b.cost);
    if (best.cost >= TAKEN && !must) return null;
    taken.push(best.box);
    return best;
  });
}

/** Ascending heights, moved apart so that neighbours differ by at least `gap`, between `low` and `high`. */
export function spaced(wanted, gap, low, high) {
  const out = [];
  for (const at of wanted) out.push(Math.max(at, out.length ? out.at(-1) + gap : low));
  let most = high;
  for (let k = out.length - 1; k >= 0; k -= 1) {
    out[k] = Math.min(out[k], most);
    most = out[k] - gap;
  }
  return out;
}

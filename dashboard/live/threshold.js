// Thresholds as people write them: `metrics.narrative.formatting.threshold` in the browser, character for character.
import { MINUS, withExponent } from "./words.js";

/**
 * A threshold in as few digits as flag the same units.
 * @param {number} value
 * @param {number} [below] The next lower score that is to stay unflagged. Where it is `value` itself, or
 *   not known, all digits of `value` are given.
 */
export function threshold(value, below = -Infinity) {
  if (value === Infinity) return "flag nothing";
  if (value === -Infinity) return "flag everything";
  if (!value) return "0"; // and so says Python of NaN
  const sign = value < 0 ? "-" : "";
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e");
  const [all, power] = [mantissa.replace(".", ""), Number(exponent)];
  let digits = all; // what is shown, in units of ten to the power of `unit`
  let unit = power - all.length + 1;
  for (let kept = 1; kept < all.length && Number.isFinite(below) && below < value; kept++) {
    // Cut towards minus infinity: what is shorter and above the value would not flag its own unit.
    const cut = all.slice(0, kept);
    const tried = sign ? String(BigInt(cut) + 1n) : cut;
    const read = Number(`${sign}${tried}e${power - kept + 1}`);
    if (below < read) {
      [digits, unit] = [tried, power - kept + 1];
      break;
    }
  }
  const leading = unit + digits.length - 1;
  if (leading < -7 || leading > 15) {
    const [shown, tens] = Number(`${digits}e${unit}`).toExponential().split("e");
    return (sign + withExponent(shown, Number(tens))).replaceAll("-", MINUS);
  }
  const padded = unit < 0 ? digits.padStart(1 - unit, "0") : digits + "0".repeat(unit);
  const text = unit < 0 ? `${padded.slice(0, unit)}.${padded.slice(unit)}` : padded;
  return (sign && MINUS) + (unit < 0 ? text.replace(/\.?0+$/, "") : text);
}

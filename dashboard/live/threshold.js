// Thresholds as people write them: `metrics.narrative.formatting.threshold` in the browser, character for character.
import { MINUS, withExponent } from "./formatting.js";

const [FEWEST_DIGITS, MOST_DIGITS] = [3, 6];

/**
 * A threshold in three significant digits, more only where three would flag other units; six at most.
 * @param {number} value
 * @param {number} [below] The next lower score that is to stay unflagged; minus infinity where there is
 *   none. Where it is not known, or six digits do not tell it from `value`, six are shown.
 */
export function threshold(value, below = NaN) {
  if (!Number.isFinite(value) || !value) return special(value);
  const [sign, all, power] = parts(value);
  for (let kept = FEWEST_DIGITS; kept < all.length && kept <= MOST_DIGITS; kept++) {
    // Cut towards minus infinity: what is shorter and above the value would not flag its own unit.
    const cut = all.slice(0, kept);
    const digits = sign ? String(BigInt(cut) + 1n) : cut;
    const unit = power - kept + 1;
    const read = Number(`${sign}${digits}e${unit}`);
    if ((kept === MOST_DIGITS || below < read) && Number.isFinite(read)) return written(sign, digits, unit);
  }
  return written(sign, all, power - all.length + 1);
}

/**
 * A threshold with all its digits.
 * @param {number} value
 */
export function exactThreshold(value) {
  if (!Number.isFinite(value) || !value) return special(value);
  const [sign, all, power] = parts(value);
  return written(sign, all, power - all.length + 1);
}

/** @param {number} value infinite, zero or undefined */
function special(value) {
  if (value === Infinity) return "flag nothing";
  return value === -Infinity ? "flag everything" : "0"; // and so says Python of NaN
}

/** Sign, digits, and the power of ten of the first digit. */
function parts(value) {
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e");
  return [value < 0 ? "-" : "", mantissa.replace(".", ""), Number(exponent)];
}

/** Digits in units of ten to a power, as Python writes them. */
function written(sign, digits, unit) {
  const leading = unit + digits.length - 1;
  if (leading < -7 || leading > 15) {
    const [shown, tens] = Number(`${digits}e${unit}`).toExponential().split("e");
    return (sign + withExponent(shown, Number(tens))).replaceAll("-", MINUS);
  }
  const padded = unit < 0 ? digits.padStart(1 - unit, "0") : digits + "0".repeat(unit);
  const text = unit < 0 ? `${padded.slice(0, unit)}.${padded.slice(unit)}` : padded;
  return (sign && MINUS) + (unit < 0 ? text.replace(/\.?0+$/, "") : text);
}

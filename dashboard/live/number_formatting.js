/**
 * Numbers and thresholds as people write them: metrics/narrative/number_formatting.py in the browser, character for
 * character.
 *
 * Python rounds the exact binary value, ties to even. JavaScript's toFixed and toExponential round the
 * exact value too, but ties away from zero: so only ties need care.
 *
 * @typedef {object} Objective
 * @property {string} id
 * @property {string} label a stakeholder's words
 * @property {string} unit name of the unit, such as "SHARE"
 * @property {"minimise"|"maximise"} direction
 * @property {boolean} signed whether the figure is a difference, written with its sign
 *
 * @typedef {object} Scenario
 * @property {string} currency
 * @property {boolean} priced whether somebody has said what a unit earns
 */

export const UNDEFINED = "undefined";
export const SAME = "the same";
export const MINUS = "\u2212";
export const SPACE = "\u00a0";

const MONEY_STEPS = [[1e9, "bn"], [1e6, "m"], [1e3, "k"]];
const COUNT_STEPS = [[1e12, "trillion"], [1e9, "billion"], [1e6, "million"]];
/** Units whose figures may be so many that three digits of them are all that is read. */
const COUNTED = ["COUNT", "PER_DAY", "FALSE_ALARMS", "MONEY"];
/** Units of figures that are reckoned from counts, of which nobody reads more than three digits. */
const RECKONED = ["FALSE_ALARMS", "PER_MILLION"];
/** Units of which there is an all: 100 %, or a score of 1. */
const OF_ALL = ["SHARE", "SCORE"];

/**
 * From which size on the decimal logarithm, as Python rounds it, is at least -1, -2, ...: a few floats
 * below each power of ten. Math.log10 may differ from one browser to the next.
 */
const LOG10_FROM = [
  0.09999999999999998, 0.009999999999999995, 0.0009999999999999996, 9.99999999999999e-5,
  9.99999999999999e-6, 9.99999999999999e-7, 9.99999999999999e-8, 9.99999999999998e-9,
  9.99999999999998e-10, 9.99999999999998e-11,
];

/**
 * Whether a size is exactly halfway between two numbers of so many decimals.
 *
 * Times 10^decimals it is half an odd number. The factor 5^decimals is odd and changes nothing in that,
 * so a power of two serves, and the product stays exact.
 * @param {number} size not negative
 * @param {number} decimals below 0 where tens, hundreds ... are rounded to
 */
function isTie(size, decimals) {
  if (decimals >= 0) return (size * 2 ** (decimals + 1)) % 2 === 1;
  // No float holds as many factors of 5 as a tie at a higher power of ten has.
  return decimals >= -22 && size % Number(`1e${-decimals}`) === Number(`5e${-decimals - 1}`);
}

/**
 * Digits that were rounded up at a tie, where an odd last one shows that down was the even way.
 * @param {string} digits
 */
function toEven(digits) {
  const last = digits.charCodeAt(digits.length - 1);
  return digits.slice(0, -1) + String.fromCharCode(last - (last & 1));
}

/**
 * Python's f"{size:.{decimals}f}".
 * @param {number} size not negative
 * @param {number} decimals 0 to 100
 */
function fixed(size, decimals) {
  if (Number.isNaN(size)) return "nan";
  if (size === Infinity) return "inf";
  if (size >= 1e21) {
    // toFixed turns to exponents here, where all floats are whole.
    return BigInt(size).toString() + (decimals > 0 ? "." + "0".repeat(decimals) : "");
  }
  const text = size.toFixed(decimals);
  return isTie(size, decimals) ? toEven(text) : text;
}

/**
 * A finite size in so many significant digits, as mantissa and power of ten.
 * @param {number} size not negative
 * @param {number} digits
 * @returns {[string, number]}
 */
function significant(size, digits) {
  const text = size.toExponential(digits - 1);
  const cut = text.indexOf("e");
  const power = Number(text.slice(cut + 1));
  const mantissa = text.slice(0, cut);
  // Where rounding up made a power of ten, the last digit is an even 0 whatever the tie.
  return [isTie(size, digits - 1 - power) ? toEven(mantissa) : mantissa, power];
}

/** @param {number} size not negative */
function toThreeDigits(size) {
  return Number.isFinite(size) ? Number(significant(size, 3).join("e")) : size;
}

/**
 * A number with Python's exponent, which has two digits or more.
 * @param {string} mantissa
 * @param {number} power
 */
function withExponent(mantissa, power) {
  const bare = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return `${bare}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/**
 * Digits with thousands separators.
 * @param {string} text a number without sign or exponent
 */
function grouped(text) {
  const point = text.indexOf(".");
  let end = point < 0 ? text.length : point;
  let tail = text.slice(end);
  if (end <= 3) return text;
  for (; end > 3; end -= 3) tail = "," + text.slice(end - 3, end) + tail;
  return text.slice(0, end) + tail;
}

/**
 * A value with thousands separators and a real minus sign.
 * @param {number} value
 * @param {number} [decimals]
 */
export function number(value, decimals = 0) {
  const text = grouped(fixed(Math.abs(value), decimals));
  return value < 0 && /[^0.]/.test(text) ? MINUS + text : text;
}

/**
 * A size in three significant digits, with the name of the largest step that it reaches.
 * @param {number} size not negative
 * @param {[number, string][]} steps the largest first
 * @param {number} [last] what the last digit counts, of a size that ends there
 */
function inSteps(size, steps, last = 0) {
  const rounded = toThreeDigits(size);
  const [scale, name] = steps.find(([step]) => rounded >= step) ?? [1, ""];
  const shown = toThreeDigits(size / scale);
  if (last && shown < 1e10) {
    let places = 0;
    for (let place = lastPlace(size, last); place < scale; place *= 10) places += 1;
    return grouped(fixed(size / scale, places)) + (name && SPACE + name);
  }
  let text = shown === Infinity ? "inf" : "nan";
  if (shown < 1e10) text = grouped(String(shown));
  else if (shown < Infinity) text = withExponent(...significant(shown, 3));
  return text + (name && SPACE + name);
}

/**
 * A currency as it stands before an amount: a sign such as € stands close to it.
 * @param {string} currency
 */
function beforeAmount(currency) {
  return /^[^\p{L}\p{N}]$/u.test(currency) ? currency : currency + SPACE;
}

/**
 * Money to three significant digits: EUR 1.21 m, EUR 40 k, EUR 312.
 * @param {number} value
 * @param {string} currency
 * @param {number} [step]
 */
export function money(value, currency, step) {
  const size = Math.abs(value);
  const text = inSteps(size < 0.005 ? 0 : size, MONEY_STEPS, step); // nobody has half a cent; what is smaller is rounding
  const sign = value < 0 && text !== "0" ? MINUS : "";
  return sign + beforeAmount(currency) + text;
}

/**
 * Whether a count is said in three digits: of things from a million on, as files have each of fewer.
 * @param {number} value
 * @param {string} unit
 */
function isMany(value, unit) {
  const most = RECKONED.includes(unit) ? 1e4 : COUNTED.includes(unit) ? 1e6 : Infinity;
  return Math.abs(value) >= most;
}

/**
 * A size in three digits, with its sign.
 * @param {number} value
 * @param {number} [step]
 */
function inThreeDigits(value, step) {
  return (value < 0 ? MINUS : "") + inSteps(Math.abs(value), COUNT_STEPS, step);
}

/**
 * A count as it is said: 1,234 or, from a million on, 1.23 million.
 * @param {number} value
 */
export function count(value) {
  return isMany(value, "COUNT") ? inThreeDigits(value) : number(value);
}

/**
 * How many decimals a figure of this unit is written with; shares and per cent in points.
 * @param {number} value
 * @param {string} unit
 */
function decimalsOf(value, unit) {
  if (unit === "LOSS") return 4;
  if (unit === "SCORE") return belowAll(value, 4, 1);
  if (unit === "PER_1000_UNITS") return 2;
  const size = Math.abs(unit === "SHARE" ? 100 * value : value);
  const inPoints = unit === "SHARE" || unit === "PERCENT";
  // There is no half of a defect, nor of what is reckoned in them but for a rounding.
  const isWhole = Math.abs(size - Math.round(size)) <= 1e-9 * size;
  if (!inPoints && (isWhole || size >= (unit === "COUNT" ? 100 : 1000))) return 0;
  if (!(size > 0 && size < 0.1)) return unit === "SHARE" ? belowAll(size, 1, 100) : 1;
  // Rare defects must not read as none.
  const power = LOG10_FROM.findIndex((from) => size >= from);
  return power < 0 ? 12 : power + 2;
}

/**
 * Decimals with which what is not all is not written as all: 0.99996, and not 1.0000.
 * @param {number} value
 * @param {number} decimals
 * @param {number} everything
 */
function belowAll(value, decimals, everything) {
  const size = Math.abs(value);
  let places = decimals;
  while (places < 12 && size < everything && Number(fixed(size, places)) >= everything) places += 1;
  return places;
}

/**
 * Size of a figure or of a difference, without the words around it.
 * @param {number} value
 * @param {string} unit
 * @param {Scenario} scenario
 * @param {number} [decimals]
 * @param {number} [step]
 */
function plain(value, unit, scenario, decimals, step) {
  if (unit === "MONEY_A_YEAR" || (unit === "MONEY" && scenario.priced))
    return money(value, scenario.currency, step);
  if (isMany(value, unit)) return inThreeDigits(value, step);
  const places = decimals ?? decimalsOf(value, unit);
  if (unit === "SHARE") return number(100 * value, places) + SPACE + "%";
  return number(value, places) + (unit === "PERCENT" ? SPACE + "%" : "");
}

/**
 * Whether a written number is other than 0.
 * @param {string} text
 */
function isVisible(text) {
  return /[1-9]/.test(text);
}

/**
 * One figure of an objective, such as 84.2 or +EUR 1.21 m; "undefined" for NaN.
 * @param {Objective} objective
 * @param {number} value
 * @param {Scenario} scenario
 * @param {number} [decimals]
 * @param {number} [step] what the last digit of money counts, and of what is so many that three digits are read
 */
export function figure(objective, value, scenario, decimals, step) {
  if (Number.isNaN(value)) return UNDEFINED;
  if (!Number.isFinite(value)) return "infinite";
  const text = plain(value, objective.unit, scenario, decimals, step);
  return objective.signed && value > 0 && isVisible(text) ? "+" + text : text;
}

/**
 * Both ends of an interval, with no more decimals than the figure has, or else the larger one; each keeps its own
 * where it might read as none, or as all without being all, and where both would read alike.
 * @param {Objective} objective
 * @param {number} value
 * @param {number} low
 * @param {number} high
 * @param {Scenario} scenario
 * @param {number} step
 */
function bothEnds(objective, value, low, high, scenario, step) {
  const { unit } = objective;
  const ends = [low, high];
  const own = ends.map((end) => (Number.isFinite(end) ? decimalsOf(end, unit) : 0));
  let most = Math.abs(low) >= Math.abs(high) ? own[0] : own[1];
  if (Number.isFinite(value)) most = decimalsOf(value, unit);
  const points = unit === "SHARE" ? 100 : 1;
  const fewer = own.map((decimals, k) => {
    const [shown, cut] = [points * ends[k], Math.min(decimals, most)];
    const nearlyAll = OF_ALL.includes(unit) && belowAll(shown, cut, points) > cut;
    return nearlyAll || Math.abs(shown) < 0.1 || !isVisible(number(shown, cut)) ? decimals : cut;
  });
  const write = (decimals) => ends.map((end, k) => figure(objective, end, scenario, decimals[k], step));
  const alike = write(fewer);
  // With as many decimals each: what then reads alike is the same, and not 1,000 to 1,000.0.
  const widest = Math.max(...own);
  return alike[0] === alike[1] ? write([widest, widest]) : alike;
}

/**
 * Ends of counts and of money that hold what they held, to a step: the low one cut downwards, the high one upwards,
 * each once, unless they read the same to the unit.
 * @param {number} low
 * @param {number} high
 * @param {string} unit
 * @param {number} step
 * @param {boolean} inMoney
 */
function outwards(low, high, unit, step, inMoney) {
  if (Number.isFinite(low) && Number.isFinite(high) && number(low, 0) === number(high, 0)) return [low, high];
  const isCounted = inMoney || ["COUNT", "PER_DAY", ...RECKONED].includes(unit);
  /** @type {(end: number, to: (of: number) => number) => number} */
  const cut = (end, to) => {
    const size = Math.abs(end);
    const isCut = step && (size < 10 ? inMoney : isCounted || isMany(end, unit));
    return isCut && Number.isFinite(end) ? beyond(end, lastPlace(size, step), to) : end;
  };
  return [cut(low, Math.floor), cut(high, Math.ceil)];
}

/**
 * The next multiple of a step on one side of an end; what is one but for rounding stays.
 * @param {number} end
 * @param {number} step
 * @param {(of: number) => number} to Math.floor or Math.ceil
 */
function beyond(end, step, to) {
  const steps = end / step;
  const near = Math.floor(steps + 0.5);
  return (Math.abs(steps - near) > 1e-9 ? to(steps) : near) * step;
}

/**
 * What the last digit of an end counts: the step, or less where not two digits would be left; 1 or more.
 * @param {number} size
 * @param {number} step
 */
function lastPlace(size, step) {
  let last = step;
  while (last > 1 && size < 10 * last) last /= 10;
  return last;
}

/**
 * What the third digit of a size counts, 1 or more.
 * @param {number} size
 */
function stepOf(size) {
  let step = 1;
  while (size >= 1e3 * step) step *= 10;
  return step;
}

/**
 * What the third digit of the largest figure counts; 0 where that is no whole thing.
 * @param {number[]} figures
 */
function sharedStep(figures) {
  const largest = Math.max(0, ...figures.filter(Number.isFinite).map(Math.abs));
  const rounded = toThreeDigits(largest); // the largest of all floats is rounded to infinity
  const step = stepOf(Number.isFinite(rounded) ? rounded : largest);
  return step > 1 ? step : 0;
}

/**
 * The 95 % interval of a figure in words: "261 to 326"; nothing where its ends read the same.
 * @param {Objective} objective
 * @param {number} value
 * @param {number} low
 * @param {number} high
 * @param {Scenario} scenario
 */
export function ends(objective, value, low, high, scenario) {
  if (Number.isNaN(low) || Number.isNaN(high)) return "";
  if (figure(objective, low, scenario) === figure(objective, high, scenario)) return "";
  const isNoneSeen = value === 0 && low === 0 && !objective.signed;
  const isMoney = objective.unit === "MONEY_A_YEAR" || (objective.unit === "MONEY" && scenario.priced);
  const step = sharedStep([value, low, high]);
  const [least, most] = outwards(low, high, objective.unit, step, isMoney);
  let [from, to] = bothEnds(objective, value, least, most, scenario, step);
  // The digits of a much larger value do not distinguish the ends.
  if (from === to) [from, to] = [low, high].map((end) => figure(objective, end, scenario));
  if (isNoneSeen) return `none seen: at most about ${to}`;
  return `${isMoney ? from : withoutShared(from, to)} to ${to}`; // of money each end says its own
}

/**
 * The first end of an interval, without the unit that the second one says for both: 28.4 to 34.4 %.
 * @param {string} low
 * @param {string} high
 */
function withoutShared(low, high) {
  const cut = low.lastIndexOf(SPACE);
  const unit = low.slice(cut);
  return cut > 0 && !/\p{Nd}/u.test(unit) && high.endsWith(unit) ? low.slice(0, cut) : low;
}

/**
 * Python's round(value, decimals).
 * @param {number} value
 * @param {number} decimals
 */
function round(value, decimals) {
  if (!(Math.abs(value) < 1e21)) return value;
  return Math.sign(value) * Number(fixed(Math.abs(value), decimals));
}

/**
 * The count that its words name.
 * @param {number} value
 * @param {string} unit
 */
function asRead(value, unit) {
  if (!isMany(value, unit)) return round(value, decimalsOf(value, unit));
  return Math.sign(value) * toThreeDigits(Math.abs(value));
}

/**
 * The gap between two figures in words, from the figures as they are written: "12 more", "0.019 below".
 * @param {Objective} objective
 * @param {number} value
 * @param {number} reference
 * @param {Scenario} scenario
 */
export function gap(objective, value, reference, scenario) {
  const { unit } = objective;
  let size = value - reference;
  if (Number.isNaN(size)) return UNDEFINED;
  const unbounded = () => `infinitely ${size > 0 ? "more" : "less"}`;
  if (!Number.isFinite(size)) return unbounded();
  const side = size > 0 ? "above" : "below";
  if (unit === "MONEY" || unit === "MONEY_A_YEAR") {
    const text = plain(Math.abs(size), unit, scenario);
    return isVisible(text) ? `${text} ${side}` : SAME;
  }
  // A reader who subtracts what is written finds the same.
  const points = unit === "SHARE" ? 100 : 1;
  let decimals = Math.max(decimalsOf(value, unit), decimalsOf(reference, unit));
  if (isMany(value, unit) || isMany(reference, unit)) {
    size = asRead(value, unit) - asRead(reference, unit);
    decimals = decimalsOf(size, unit);
  } else {
    size = round(round(value * points, decimals) - round(reference * points, decimals), decimals);
  }
  if (Number.isNaN(size)) return UNDEFINED;
  if (!Number.isFinite(size)) return unbounded();
  const text = isMany(size, unit) ? inThreeDigits(Math.abs(size)) : number(points * Math.abs(size / points), decimals);
  if (!isVisible(text)) return SAME;
  switch (unit) {
    case "FALSE_ALARMS":
      return `${text} ${size > 0 ? "more" : "less"}`;
    case "MICROSECONDS":
      return `${text}${SPACE}µs ${side}`;
    case "LOSS":
    case "SCORE":
      return `${text} ${side}`;
    case "SHARE":
    case "PERCENT":
      return `${text} points ${side}`;
    default:
      return `${text} ${size > 0 ? "more" : "fewer"}${unit === "PER_MILLION" ? " per million" : ""}`;
  }
}

/** Who inspects a share of the units, as `dashboard.page.decision_text.who_inspects` has it; people for all are not rounded. */
export function inspectors(share, ofAll) {
  if (ofAll === null || !(share > 0)) return "an inspector";
  const people = Math.max(1, Math.ceil(share * ofAll - 1e-9)); // as `metrics.scenario.capacity.round_up` does
  return `about ${number(people)} inspector${people === 1 ? "" : "s"}`;
}

/** A long name without its middle, as `dashboard.figures.palette.shortened` has it: it is whole under the pointer. */
export function shortened(name, most = 24) {
  if (name.length <= most) return name;
  const tail = Math.floor((most - 1) / 2);
  return `${name.slice(0, most - 1 - tail)}…${name.slice(name.length - tail)}`;
}

/** Significant digits of a threshold that is not written with all of its own. */
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

// The sentence under the title and the three stakeholders' figures: what `dashboard.page.card_text` says, in the browser.
import { copyLink } from "./copy.js";
import { make } from "./make.js";
import { present } from "./present.js";
import { store } from "./store.js";
import { exactThreshold, threshold } from "./threshold.js";
import { UNDEFINED, difference, figure, gapText, gapWords, number, oneIn, span } from "./words.js";

/** Colour and shape of a model. */
function swatch(model) {
  const { color, ink, shape } = store.page.models[model];
  const style = `color:${color};--cg-ink:${ink}`;
  return make("span", { class: "cg-swatch", style, "aria-hidden": "true" }, shape);
}

/** A threshold of a model in as few digits as flag the same units. */
export function thresholdWords(model, at) {
  const i = store.pack.firsts[model] + at;
  return threshold(store.pack.thresholds[i], store.pack.below[i]);
}

/** An operating point as text: "gradient boosting at 0.168". */
export function pointWords(model, at, words = thresholdWords(model, at)) {
  const joint = Number.isFinite(store.threshold(model, at)) ? " at " : ", ";
  return `${store.page.models[model].label}${joint}${words}`;
}

function toNumber(value) {
  if (value === null) return NaN;
  return { inf: Infinity, "-inf": -Infinity }[value] ?? value;
}

const SHARE = { id: "share_flagged", unit: "SHARE", signed: false };
const inPerCent = (share) => figure(SHARE, share, store.page.scenario);

function asideText(stakeholder) {
  const { page, model } = store;
  const kind = stakeholder.aside;
  const { inProportion } = page.objectives[stakeholder.objective];
  if (kind === "per 1000") return `${number(store.value(inProportion), 0)} of every 1,000 defects`;
  if (kind === "valued") return stakeholder.valued;
  if (kind === "per cent") {
    const percent = store.value(inProportion);
    if (Number.isNaN(percent)) return "";
    return `${figure(page.objectives[inProportion], percent, page.scenario)} on today’s`;
  }
  if (kind === "infinite rows" && page.models[model].infinite) return page.models[model].infinite;
  return kind ? `of ${page.models[model].label}, at every threshold` : "";
}

/** Whether a gap is to the stakeholder's liking; of two sums of money that read the same it is to nobody's. */
function tone(objective, value, reference) {
  const { scenario } = store.page;
  if (!gapWords(objective, value, reference, scenario).size) return "";
  const [here, there] = [value, reference].map((one) => figure(objective, one, scenario));
  if (here === there) return "";
  const worse = objective.direction === "minimise" ? value > reference : value < reference;
  return worse ? "bad" : "good";
}

/** A point against today's system and against the stakeholder's own pick. */
function gaps(stakeholder, objective, value) {
  const { scenario, today } = store.page;
  const lines = [];
  if (Number.isNaN(value)) return lines;
  const then = toNumber(today.figures[stakeholder.objective]);
  if (!(Number.isNaN(then) || objective.changeOf)) {
    const text = difference(objective, value, then, scenario, "today");
    lines.push({ text, tone: tone(objective, value, then) });
  }
  if (stakeholder.own !== null) {
    const own = toNumber(stakeholder.own);
    const text = difference(objective, value, own, scenario, "its own pick");
    lines.push({ text, cost: true, tone: tone(objective, value, own) });
  }
  return lines;
}

/** Whether a figure keeps a limit; an undefined one does not. */
function keeps(limit, value) {
  return limit.least ? value >= toNumber(limit.value) : value <= toNumber(limit.value);
}

/** Which limits the point under discussion breaks. */
function limitsWords() {
  const { limits, objectives, scenario } = store.page;
  const broken = limits.filter((limit) => !keeps(limit, store.value(limit.objective)));
  const count = limits.length;
  if (count === 0) return { text: "", tone: "" };
  if (broken.length === 0) {
    const kept = count === 1 ? "the limit" : count === 2 ? "both limits" : `all ${count} limits`;
    return { text: `Keeps ${kept}.`, tone: "good" };
  }
  const of = count > 1 ? `${broken.length} of ${count} limits` : "the limit";
  const said = broken.map(({ objective, words }) => {
    const there = figure(objectives[objective], store.value(objective), scenario);
    return `${objectives[objective].label} is ${there}, not ${words}`;
  });
  return { text: `Breaks ${of}: ${said.join("; ")}.`, tone: "bad" };
}

/** What a stakeholder's card says of the point under discussion. */
function card(stakeholder) {
  const { objectives, scenario } = store.page;
  const objective = objectives[stakeholder.objective];
  const value = store.value(stakeholder.objective);
  const lines = [];
  const inFile = stakeholder.inFile ? store.value(stakeholder.inFile) : NaN;
  if (!Number.isNaN(inFile)) {
    lines.push({ text: `in the file: ${figure(objective, inFile, scenario)}`, quiet: true });
  }
  const aside = asideText(stakeholder);
  if (aside) lines.push({ text: aside, quiet: true });
  lines.push(...gaps(stakeholder, objective, value));
  if (stakeholder.bound) {
    const limited = objectives[stakeholder.bound.objective];
    const there = store.value(stakeholder.bound.objective);
    const kept = keeps(stakeholder.bound, there);
    const text = `${limited.label} ${figure(limited, there, scenario)}`;
    lines.push({ text, strong: kept ? "Within its limit:" : "Breaks its limit:", quiet: kept });
  }
  lines.push(...stakeholder.fixed);
  const ends = store.range(stakeholder.objective);
  const range = ends === undefined ? "" : span(objective, value, ...ends, scenario);
  return { text: figure(objective, value, scenario), unit: objective.words, range, lines };
}

function lineNode(line, name) {
  const node = make("span", { class: line.quiet ? "cg-quiet" : line.tone ? `cg-${line.tone}` : "" });
  node.title = line.exact || (line.quiet ? line.text : "");
  if (line.strong) node.append(make("b", {}, line.strong), " ");
  if (line.before) node.append(line.before);
  if (line.model) node.append(swatch(store.page.models.findIndex((m) => m.name === line.model)));
  node.append(line.cost ? make("b", { "data-testid": `cost-${name}` }, line.text) : line.text);
  return node;
}

/** One stakeholder's figure and the lines below it. */
export class Stakeholder {
  constructor(root) {
    this.value = document.createTextNode("");
    this.unit = make("small");
    this.figure = make("p", { class: "cg-figure" }, this.value, " ", this.unit);
    this.range = make("p", { class: "cg-sure" });
    this.lines = make("p", { class: "cg-lines" });
    this.wish = make("p", { class: "cg-wish" });
    root.replaceChildren(this.wish, this.figure, this.range, this.lines);
  }

  take(head) {
    this.name = head.stakeholder;
    this.figure.dataset.testid = `figure-${this.name}`;
    store.draw();
  }

  draw() {
    const position = store.page.stakeholders.findIndex((stakeholder) => stakeholder.name === this.name);
    const said = store.atRest ? store.page.said.cards[position] : card(store.page.stakeholders[position]);
    this.value.data = said.text;
    this.unit.textContent = said.unit;
    this.range.textContent = said.range;
    this.wish.textContent = store.page.stakeholders[position].wish;
    this.lines.replaceChildren(...said.lines.map((line) => lineNode(line, this.name)));
  }
}

function againstToday() {
  const { page, model } = store;
  const { today, scenario, objectives } = page;
  const name = today.words;
  if (store.count("fn") === today.fn && store.count("fp") === today.fp) {
    return today.model === model
      ? `This is today’s system (${name}).`
      : `Against today (${name}): the same missed defects and the same false alarms.`;
  }
  const parts = [];
  for (const id of ["missed_defects", "false_alarms", "revenue_impact"]) {
    const value = store.value(id);
    const gap = gapWords(objectives[id], value, toNumber(today.figures[id]), scenario);
    if (gap.way !== UNDEFINED) parts.push(changeWords(gap, objectives[id]));
  }
  return `Against today (${name}): ${parts.join(", ")}${scenario.yearly ? " a\u00A0year" : ""}.`;
}

/** A change from today without naming today. */
function changeWords(gap, { label, changeOf }) {
  if (!gap.size) return changeOf ? `the same ${changeOf}` : `as many ${label}`;
  if (!changeOf || (gap.way !== "above" && gap.way !== "below")) return gapText(gap);
  const unit = store.page.scenario.priced ? "" : " good units’ worth";
  return `${gap.size}${unit} ${gap.way === "above" ? "more" : "less"} ${changeOf}`;
}

function sentence() {
  const share = store.value("share_flagged");
  let what = "flags no unit and catches no defect";
  if (share !== 0) {
    const odds = share < 0.4 ? ` (${oneIn(share)})` : "";
    what = `flags ${inPerCent(share)} of the units${odds} and catches ${inPerCent(store.value("recall"))} of the defects`;
  }
  return {
    point: pointWords(store.model, store.at),
    exact: pointWords(store.model, store.at, exactThreshold(store.threshold(store.model, store.at))),
    what: `${what}.`,
    against: againstToday(),
    limits: limitsWords(),
  };
}

/** The point under discussion in one sentence, and what it changes. */
export class Sentence {
  constructor(root) {
    this.mark = make("span");
    this.point = make("span", { class: "cg-model" });
    this.what = document.createTextNode("");
    this.against = make("span", { class: "cg-against" });
    this.limits = make("span", { class: "cg-against cg-limits" });
    const text = make("div", { "data-testid": "chosen" });
    text.append(this.mark, this.point, " ", this.what, this.against, this.limits);
    const button = make("button", { type: "button", class: "cg-button cg-hide-presenting" }, "Present");
    button.title = "Hide every control and step through the page with the arrow keys";
    button.onclick = present;
    const buttons = make("div", { class: "cg-buttons" }, copyLink(), button);
    root.replaceChildren(make("div", { class: "cg-chosen" }, text, buttons));
  }

  take() {
    store.draw();
  }

  draw() {
    const said = store.atRest ? store.page.said.sentence : sentence();
    this.mark.replaceChildren(swatch(store.model));
    this.point.textContent = said.point;
    this.point.title = said.exact;
    this.what.data = said.what;
    this.against.textContent = said.against;
    this.limits.textContent = said.limits.text;
    for (const tone of ["good", "bad"]) this.limits.classList.toggle(`cg-${tone}`, said.limits.tone === tone);
  }
}


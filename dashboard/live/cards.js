// The answer and the three stakeholders' cards: what `dashboard.page` says of a point, in the browser.
import { copyLink } from "./share_button.js";
import { make, swatchOf } from "./dom.js";
import { present } from "./present.js";
import { keeps, store, toNumber } from "./store.js";
import { SAME, count, ends, exactThreshold, figure, gap, inspectors, threshold } from "./number_formatting.js";

/** Frames for which a button may take to come. */
const PATIENCE = 1200;

/** Press a button of another element as soon as it is there: what draws it may be loaded a moment later. */
function press(selector, left = PATIENCE) {
  const button = document.querySelector(selector);
  if (button !== null) button.click();
  else if (left > 0) requestAnimationFrame(() => press(selector, left - 1));
}

/** Colour and shape of a model. */
export function swatch(model) {
  return swatchOf(store.page.models[model]);
}

/** A threshold of a model in as few digits as flag the same units. */
export function thresholdWords(model, at) {
  const i = store.pack.firsts[model] + at;
  return threshold(store.pack.thresholds[i], store.pack.below[i]);
}

/** An operating point as text: "gradient boosting at 0.168". */
export function pointWords(model, at, words = thresholdWords(model, at), joined = " at ") {
  const joint = Number.isFinite(store.threshold(model, at)) ? joined : ", ";
  return `${store.page.models[model].label}${joint}${words}`;
}

const SHARE = { id: "share_flagged", unit: "SHARE", signed: false };
export const inPerCent = (share) => figure(SHARE, share, store.page.scenario);
export const CHECKING = "checking";

/** Whether a point keeps the limits, by its figures: the point under discussion unless others are given. */
export function limitsWords(value = (id) => store.value(id)) {
  const { limits } = store.page;
  const broken = limits.filter((limit) => !keeps(limit, value(limit.objective)));
  if (limits.length === 0) return { limits: "", is_broken: false };
  const told = broken.length ? broken : limits;
  const is_broken = broken.length > 0;
  if (told.length === 1) {
    return { limits: `${told[0].name}: ${is_broken ? "missed" : "met"}`, is_broken };
  }
  const count = limits.length;
  return { limits: is_broken ? `${broken.length} of ${count} limits missed` : `${count === 2 ? "Both" : `All ${count}`} limits met`, is_broken };
}

/** Where figures lie between the worst pick, 0, and the end of the scale, 1, some way past the best for the role. */
function scale(stakeholder, value, range) {
  if (stakeholder.best === null) return null;
  const worst = toNumber(stakeholder.worst);
  const best = toNumber(stakeholder.best.value);
  const end = toNumber(stakeholder.end);
  const share = (one) => {
    const found = (one - worst) / (end - worst);
    return Number.isNaN(found) ? null : found;
  };
  const place = (one) => (share(one) === null ? null : Math.min(1, Math.max(0, share(one))));
  if (!Number.isFinite(best - worst) || best === worst || place(value) === null) return null;
  const { today, pinned } = store.page;
  const there = (point) => (point === null ? null : share(toNumber(point.figures[stakeholder.objective])));
  const [low, high] = (range ?? [NaN, NaN]).map(place);
  return { selected: place(value), best: place(best), current: there(today), pinned: there(pinned), low, high };
}

const isBetter = (objective, one, other) => (objective.direction === "minimise" ? one < other : one > other);

/** How a figure stands to today's, or how far it is from a pinned point's. */
function comparison(objective, value) {
  const { scenario, today, pinned } = store.page;
  const then = toNumber((pinned ?? today).figures[objective.id]);
  const apart = gap(objective, value, then, scenario);
  if (pinned) return `pinned ${figure(objective, then, scenario)}: ${apart}`;
  return besideToday(objective, value);
}

/** How a figure stands to today's: "beats today's 5.39 billion". */
export function besideToday(objective, value) {
  const { scenario, today } = store.page;
  const then = toNumber(today.figures[objective.id]);
  if (Number.isNaN(then)) return "";
  const words = today.beside[objective.id];
  const apart = gap(objective, value, then, scenario);
  if (Number.isNaN(value - then)) return words;
  if (apart === SAME) return `the same as ${words}`;
  const isWorse = isBetter(objective, then, value);
  const [better, worse] = objective.compared;
  return `${isWorse ? worse : better} ${words}`;
}

/** The best for a role beside a figure; where that reads the same, where it is to be had as well. */
function otherBest({ best, bestWords }, text) {
  if (bestWords !== `${best?.label} ${text}`) return bestWords;
  return best.model === store.model ? `${best.label} at ${thresholdWords(best.model, best.at)}` : `${best.label}: ${best.words}`;
}

/** What a stakeholder's card says of the point under discussion; of chance only the server can tell. */
function card(stakeholder) {
  const { objectives, scenario } = store.page;
  if (stakeholder.asks) {
    return { needs_prices: true, comparison: `Until then: stops ${inPerCent(store.value("share_flagged"))} of the units` };
  }
  const objective = objectives[stakeholder.objective];
  const value = store.value(stakeholder.objective);
  const range = value === 0 && objective.changeOf ? undefined : store.range(stakeholder.objective);
  const clipped = objective.clipped && store.page.models[store.model].infinite;
  const best = stakeholder.best;
  const isThere = objective.ofModel || (best?.at === store.at && store.below === null);
  const isBest = best?.model === store.model && isThere;
  const between = range === undefined ? "" : ends(objective, value, ...range, scenario);
  const text = figure(objective, value, scenario);
  return {
    figure: text,
    unit: clipped || objective.words,
    interval: between && !(range[0] <= value && value <= range[1]) ? `new data: ${between}` : between,
    rank: stakeholder.ranks[store.model],
    best: (isBest ? `is ${best.label}` : otherBest(stakeholder, text)) + (best?.kept ?? ""),
    comparison: comparison(objective, value),
    chance: "",
    is_pending: false,
    scale: scale(stakeholder, value, range),
    needs_prices: false,
    note: stakeholder.note,
  };
}

/** What stands on the way to a target in per cent, by the assumption that takes it away. */
const NOTE_OPENS = { today: "Enter today’s system", limits: "set a target in money" };
/** What an interval is. */
const NEW = "Where it lies on average over new data, 95 % sure";
/** What moves and widens that of a point that somebody picks, against those beside it. */
const PICKED = `${NEW}; wider than beside it, as the best on this data may owe that to luck`;
/** What an interval of the point under discussion is. */
const ofInterval = () => (store.below === null && store.isPicked(store.model, store.at) ? PICKED : NEW);
/** What the word on chance says. */
const CLEAR = "Clear where the 95 % interval of the difference leaves out 0; else it could be chance";
/** What the place among the models says. */
const RANK = "Place among the models; from one place to another where the order between them could be chance. Click to see all";
/** Sentence in place of a reason to pick the point. */
const COUNTED = "No stakeholder would pick this threshold.";

const percent = (share) => `${(100 * share).toFixed(2)}%`;

/** One stakeholder's figure, the best for the role, what it stands beside, and a scale. */
export class Stakeholder {
  constructor(root) {
    this.value = document.createTextNode("");
    this.unit = make("small");
    this.range = make("span", { class: "cg-sure" });
    this.figure = make("span", { class: "cg-figure" }, this.value, " ", this.unit);
    this.rank = make("a", { class: "cg-rank", title: RANK, target: "_self" });
    this.best = make("button", { type: "button", class: "cg-link" });
    this.best.onclick = () => {
      const { best, objective } = store.page.stakeholders[this.position];
      // Of a ranking the best is a model, which no threshold makes better.
      if (store.page.objectives[objective].ofModel) store.show(best.model);
      else store.move(best.model, best.at);
      store.release();
    };
    this.bestSaid = make("span", { class: "cg-best-said", "aria-hidden": "true" }); // where nothing is to be clicked
    this.mark = make("i", { class: "cg-scale-there", "aria-hidden": "true" }); // as on the scale, beside its words
    this.besideSaid = document.createTextNode("");
    this.beside = make("span", { class: "cg-beside" }, this.mark, this.besideSaid);
    this.verdict = make("span", { class: "cg-verdict-word", title: CLEAR });
    this.certain = make("span", { title: "Of these units the model was certain, and wrong: the loss counts them as nearly certain" });
    this.line = make("p", { class: "cg-line-best" }, this.beside, this.verdict, this.certain);
    this.band = make("i", { class: "cg-scale-band" });
    this.today = make("i", { class: "cg-scale-there" });
    this.pinned = make("i", { class: "cg-scale-there cg-pinned", title: "pinned" });
    this.dot = make("i", { class: "cg-scale-dot" });
    this.bestThere = make("i", { class: "cg-scale-best" });
    this.scale = make("div", { class: "cg-scale", role: "img" }, this.band, this.bestThere, this.today, this.pinned, this.dot);
    this.bestMark = make("i", { class: "cg-scale-best", "aria-hidden": "true" }); // as on the scale, beside its words
    this.scaled = make("div", { class: "cg-scaled" }, this.bestMark, this.bestSaid, this.best, this.scale);
    this.heading = make("p", { class: "cg-objective" }); // where nothing is to be chosen
    this.ask = make("button", { type: "button", class: "cg-button cg-ask" }, "Enter prices to see money");
    // Once this click is over: a popover that opens during it takes it for one beside itself, and closes.
    this.ask.onclick = () => setTimeout(() => press(".st-key-chip_prices button"));
    this.noted = document.createTextNode("");
    this.opens = make("button", { type: "button", class: "cg-link cg-hide-presenting" });
    this.opens.onclick = () => setTimeout(() => press(`.st-key-chip_${this.opens.dataset.chip} button`));
    this.note = make("p", { class: "cg-line-note" }, this.noted, this.opens);
    this.note.hidden = true; // until it is known what there is to note
    const first = make("p", { class: "cg-first" }, this.figure, this.rank, this.range);
    this.told = make("div", { class: "cg-told" }, first, this.line, this.note, this.scaled);
    this.until = make("p", { class: "cg-line-best" });
    this.asking = make("div", {}, this.ask, this.until);
    this.asking.hidden = true; // until it is known whether there are prices
    root.replaceChildren(this.heading, this.told, this.asking);
  }

  take(head) {
    this.name = head.stakeholder;
    this.figure.dataset.testid = `figure-${this.name}`;
    this.best.dataset.testid = `best-${this.name}`;
    store.draw();
  }

  get position() {
    return store.page.stakeholders.findIndex((stakeholder) => stakeholder.name === this.name);
  }

  draw() {
    const stakeholder = store.page.stakeholders[this.position];
    const said = store.atRest ? store.page.said.cards[this.position] : card(stakeholder);
    this.heading.textContent = stakeholder.label;
    this.told.hidden = said.needs_prices;
    this.asking.hidden = !said.needs_prices;
    this.until.textContent = said.needs_prices ? said.comparison : "";
    if (said.needs_prices) return;
    this.value.data = said.figure;
    // What qualifies a figure stands below it, where there is room for it: the figure's line has its interval.
    const isClipped = said.unit !== "" && said.unit === store.page.models[store.model].infinite;
    this.unit.textContent = isClipped ? "" : said.unit;
    this.certain.textContent = isClipped ? said.unit : "";
    this.range.title = store.page.objectives[stakeholder.objective].ofModel ? NEW : ofInterval();
    for (const [node, text] of [[this.range, said.interval], [this.verdict, said.chance]]) {
      const open = said.is_pending && !text;
      node.textContent = open ? CHECKING : text;
      node.classList.toggle("cg-checking", open);
    }
    this.rank.textContent = said.rank;
    this.rank.href = stakeholder.ranking;
    this.noted.data = said.note;
    this.opens.dataset.chip = stakeholder.noteOpens;
    this.opens.textContent = NOTE_OPENS[stakeholder.noteOpens];
    this.note.hidden = said.note === "";
    this.best.textContent = said.best;
    this.bestSaid.dataset.said = said.best;
    const { best } = stakeholder;
    const isThere = store.page.objectives[stakeholder.objective].ofModel || (best?.at === store.at && store.below === null);
    const isShown = best?.model === store.model && isThere;
    this.best.disabled = best === null || isShown;
    this.best.title = best === null ? "" : `Best for this role${best.within}: ${best.words}${isShown ? "" : ". Click to see it"}`;
    this.besideSaid.data = said.comparison;
    this.beside.hidden = said.comparison === "";
    this.line.classList.toggle("cg-to-pinned", Boolean(store.page.pinned));
    this.#drawScale(said.scale, stakeholder);
  }

  #drawScale(scale, { wish, objective }) {
    this.scale.style.visibility = scale === null ? "hidden" : "";
    const isPinned = Boolean(store.page.pinned);
    this.bestMark.hidden = scale === null;
    this.mark.hidden = ((isPinned ? scale?.pinned : scale?.current) ?? null) === null;
    this.mark.classList.toggle("cg-pinned", isPinned);
    if (scale === null) return;
    const { selected, best, low, high } = scale;
    this.bestThere.style.left = percent(best);
    this.dot.style.left = percent(selected);
    this.today.title = store.page.today.title;
    for (const [mark, place] of [[this.today, scale.current], [this.pinned, scale.pinned]]) {
      mark.hidden = place === null;
      mark.style.left = percent(Math.min(1, Math.max(0, place ?? 0)));
      mark.classList.toggle("cg-beyond-left", place < 0);
      mark.classList.toggle("cg-beyond-right", place > 1);
    }
    const [from, to] = [Math.min(low ?? selected, high ?? selected), Math.max(low ?? selected, high ?? selected)];
    this.band.style.left = percent(from);
    this.band.style.width = percent(to - from);
    this.band.classList.toggle("cg-on-left", from === 0); // it goes on past the end
    this.band.classList.toggle("cg-on-right", to === 1);
    const share = Math.round((100 * selected) / best);
    const begin = store.page.objectives[objective].ofModel ? "the middle model" : "the worst pick";
    const way = share > 100 ? "past the best" : `${share} of 100 on the way from ${begin} to the best`;
    this.scale.setAttribute("aria-label", `${wish}: ${way}`);
    this.scale.title = `From ${begin} to the best, and past it. Dot: chosen; bar: best; diamond: today; square: pinned; grey: on new data`;
  }
}

/** For what reason one would choose the point under discussion, or that nobody has one. */
function reason() {
  if (store.below !== null) return COUNTED;
  return store.page.reasons.find(({ model, at }) => model === store.model && at === store.at)?.words ?? COUNTED;
}

/** What becomes of the units where people inspect some, as `dashboard.page.inspection` says it. */
function inspected() {
  const [between, rejected] = ["band inspected", "band rejected"].map((name) => store.value(name));
  const { scenario } = store.page;
  const aDay = scenario.unitsADay === null ? "" : ` (${count(between * scenario.unitsADay)} a day)`;
  const shipped = inPerCent(1 - between - rejected);
  return `Ships ${shipped}, sends ${inPerCent(between)} to ${inspectors(between, scenario.inspectors)}${aDay}, rejects ${inPerCent(rejected)}.`;
}

/** What is said where nothing is stopped, and where all is. */
const ENDS = new Map([[0, "Stops no unit and catches no defect."], [1, "Catches all defects, as it stops every unit."]]);

function answer() {
  const { headline, objectives, scenario, outright } = store.page;
  const worth = objectives[headline.objective];
  const isNone = store.value(headline.objective) === 0 && worth.changeOf;
  const share = store.value("share_flagged");
  const recall = store.value("recall");
  const caught = `Catches ${recall === 1 ? "all" : `${inPerCent(recall)} of`} defects.`;
  const what = scenario.inspected ? inspected() : (ENDS.get(share) ?? caught);
  const named = (words) => {
    const { lower } = store;
    if (lower === store.at) return pointWords(store.model, store.at, words(store.model, store.at), ", threshold ");
    const [from, to] = [words(store.model, lower), words(store.model, store.at)];
    return `${store.page.models[store.model].label}, inspected from ${from} to ${to}`;
  };
  return {
    point: named(thresholdWords),
    exact_point: named((model, at) => exactThreshold(store.threshold(model, at))),
    effect: what,
    reason: reason(),
    lead: "",
    lead_chance: "",
    rival: "",
    is_lead_pending: false,
    obstacle: outright,
    headline: `${headline.words} ${isNone ? "unchanged" : figure(worth, store.value(headline.objective), scenario)}`,
    interval: "",
    expected: "",
    expected_help: "",
    ...limitsWords(),
    limits_help: "",
    is_doubtful: false,
    is_pending: false,
  };
}

const saidOf = () => (store.atRest ? store.page.said.answer : answer());

/** What the word on chance behind the cheapest point judges. */
const LEAD =
  "Each model at its cheapest threshold for what a miss counts, all models judged at once, of which one may lead by chance. Click to see every two";

/** Figures as wide as any of their length. */
const wide = (words) => words.replace(/\d/g, "0");
const longest = (texts) => texts.reduce((found, text) => (text.length > found.length ? text : found), "");
/** At how many points of a model a figure is tried for its longest words. */
const TRIED = 60;

/** The longest words that a threshold of the model could bring into the answer: what is below keeps still under a hand. */
function room() {
  const { pack, page, model } = store;
  const { headline, limits, longestStanding, objectives, outright, scenario } = page;
  const size = pack.sizes[model];
  const at = (k) => Math.round((k * (size - 1)) / TRIED);
  const tried = [...Array(TRIED + 1).keys()].map(at);
  const points = Array.from({ length: size }, (_, k) => wide(thresholdWords(model, k)));
  const digits = longest(points.filter((_, k) => Number.isFinite(store.threshold(model, k))));
  const { label, shape } = page.models[model];
  const point = scenario.inspected ? `${label}, inspected from ${digits} to ${digits}` : `${label}, threshold ${digits}`;
  const share = wide(inPerCent(0.12345));
  const { unitsADay } = scenario;
  const aDay = unitsADay === null ? "" : ` (${wide(count(unitsADay))} a day)`;
  const what = scenario.inspected
    ? `Ships ${share}, sends ${share} to ${wide(inspectors(1, scenario.inspectors))}${aDay}, rejects ${share}.`
    : longest([`Catches ${share} of defects.`, ...ENDS.values()]);
  const { lead, lead_chance } = page.said.answer;
  const why = longest([COUNTED, ...page.reasons.map(({ words }) => (lead_chance ? [words, lead, lead_chance].filter(Boolean).join(" ") : words))]);
  const worth = objectives[headline.objective];
  const amount = longest(tried.map((k) => wide(figure(worth, store.value(headline.objective, model, k), scenario))));
  const many = limits.length > 1 ? [`${limits.length} of ${limits.length} limits`] : [];
  const limited = longest([...many, ...limits.map(({ name }) => `${name}:`)]);
  return {
    point: `${shape}\u2004${point}`, // a third of an em, as the margin behind the mark is wider than a space
    what: `${what} ${why} ${outright}`,
    worth: `${headline.words} ${amount} (expect ${amount})`,
    limits: limited && `${limited} ${wide(longestStanding)}`,
  };
}

/** The same, found once a page and model: a moving hand asks in every frame. */
function roomOf() {
  if (roomOf.page !== store.page || roomOf.model !== store.model || roomOf.pack !== store.pack) {
    Object.assign(roomOf, { page: store.page, model: store.model, pack: store.pack, found: room() });
  }
  return roomOf.found;
}

/** Let styles know that a hand is ahead of the server: of what that alone knows, nothing from before may stand. */
function tellMoving() {
  const { dataset } = document.body;
  if (store.atRest) delete dataset.cgMoving;
  else dataset.cgMoving = store.page.judged ? "judged" : "";
}

/** The point under discussion and what it does. */
export class Answer {
  constructor(root) {
    this.mark = make("span");
    this.point = make("span", { class: "cg-model" });
    this.what = document.createTextNode("");
    this.why = document.createTextNode("");
    this.led = document.createTextNode("");
    this.chance = make("b");
    this.lead = make("a", { class: "cg-before", target: "_self" }, this.led, this.chance);
    this.stop = document.createTextNode("");
    this.outright = make("b", { class: "cg-outright" });
    const text = make("div", { "data-testid": "chosen" });
    this.title = make("h2", { class: "cg-point cg-roomy" }, make("span", {}, this.mark, this.point));
    this.does = make("p", { class: "cg-what cg-roomy" }, make("span", {}, this.what, " ", this.why, this.lead, this.stop, " ", this.outright));
    text.append(this.title, this.does);
    root.replaceChildren(text);
  }

  take() {
    store.draw();
  }

  draw() {
    const said = saidOf();
    tellMoving();
    this.mark.replaceChildren(swatch(store.model));
    this.point.textContent = said.point;
    this.point.title = said.exact_point;
    this.what.data = said.effect;
    this.why.data = said.lead_chance === "" ? said.reason : `${said.reason} `;
    this.lead.hidden = said.lead_chance === "";
    this.chance.classList.toggle("cg-checking", said.is_lead_pending);
    this.lead.href = store.page.everyTwo;
    this.lead.title = said.rival === "" ? LEAD : `Ahead of ${said.rival}. ${LEAD}`;
    this.led.data = said.lead === "" ? "" : `${said.lead} `;
    this.chance.textContent = said.lead_chance;
    this.stop.data = said.lead_chance === "" || said.obstacle === "" ? "" : ".";
    this.outright.textContent = said.obstacle;
    const { point, what } = roomOf();
    this.title.dataset.room = point;
    this.does.dataset.room = what;
  }
}

/** What the point is worth to the executive, and whether it keeps the limits. */
export class Headline {
  constructor(root) {
    this.figure = make("b", { "data-testid": "headline" });
    this.expected = make("span", { class: "cg-sure" });
    this.limits = make("span", { "data-testid": "limits" });
    this.worth = make("p", { class: "cg-worth cg-roomy" }, make("span", {}, this.figure, " ", this.expected));
    this.limited = make("p", { class: "cg-limits cg-roomy" }, this.limits);
    root.replaceChildren(this.worth, this.limited);
  }

  take() {
    store.draw();
  }

  draw() {
    const said = saidOf();
    this.figure.textContent = said.headline;
    this.worth.title = said.interval === "" ? "" : `95 %: ${said.interval}. ${ofInterval()}`;
    this.expected.title = said.expected === "" ? "" : `${said.expected_help}. 95 %: ${said.interval}`;
    const { limits } = store.page;
    this.expected.textContent = said.expected;
    const open = said.is_pending && limits.length > 0 && !said.limits;
    const named = limits.length === 1 ? `${limits[0].name}: ` : "";
    this.limits.textContent = open ? `${named}${CHECKING}` : said.limits;
    this.limits.classList.toggle("cg-checking", open);
    const room = roomOf();
    this.worth.dataset.room = room.worth;
    this.limited.dataset.room = room.limits;
    this.limits.title = said.limits_help;
    this.limits.classList.toggle("cg-bad", said.is_broken);
    this.limits.classList.toggle("cg-doubtful", said.is_doubtful);
  }
}

/** The buttons beside the page's name. */
export class Actions {
  constructor(root) {
    const button = make("button", { type: "button", class: "cg-button cg-hide-presenting" }, "Present");
    button.title = "Hide every control and step through the page with the arrow keys";
    button.onclick = () => present();
    root.replaceChildren(make("div", { class: "cg-buttons" }, copyLink(), button));
  }

  take() {}

  draw() {}
}

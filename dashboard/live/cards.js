// The answer and the three stakeholders' cards: elements that show the words of the point that the player has.
import { copyLink } from "./share_button.js";
import { make, swatchOf, whenThere } from "./dom.js";
import { store } from "./player.js";
import { present } from "./present.js";

/** Press a button of another element. */
const press = (selector) => whenThere(selector, (button) => button.click());

const percent = (share) => `${100 * share}%`;

/** One stakeholder's figure, the best for the role, the comparison, and a scale. */
export class Stakeholder {
  constructor(root, { name, help }) {
    this.name = name;
    this.value = make("span");
    this.unit = make("small");
    this.range = make("span", { class: "cg-sure" });
    this.figure = make("span", { class: "cg-figure", "data-testid": `figure-${name}` }, this.value, " ", this.unit);
    this.rank = make("a", { class: "cg-rank", title: help.rank, target: "_self" });
    this.best = make("button", { type: "button", class: "cg-link", "data-testid": `best-${name}` });
    this.best.onclick = () => store.choose(store.page.stakeholders[name].best);
    this.bestSaid = make("span", { class: "cg-best-said", "aria-hidden": "true" }); // where nothing is to be clicked
    this.mark = make("i", { class: "cg-scale-there", "aria-hidden": "true" }); // as on the scale, beside its words
    this.besideSaid = make("span");
    this.beside = make("span", { class: "cg-beside" }, this.mark, this.besideSaid);
    this.verdict = make("span", { class: "cg-verdict-word", title: help.chance });
    this.certain = make("span", { title: help.clipped });
    this.band = make("i", { class: "cg-scale-band" });
    this.today = make("i", { class: "cg-scale-there" });
    this.pinned = make("i", { class: "cg-scale-there cg-pinned", title: help.pinned });
    this.dot = make("i", { class: "cg-scale-dot" });
    this.bestThere = make("i", { class: "cg-scale-best" });
    this.scale = make("div", { class: "cg-scale", role: "img" }, this.band, this.bestThere, this.today, this.pinned, this.dot);
    this.bestMark = make("i", { class: "cg-scale-best", "aria-hidden": "true" }); // as on the scale, beside its words
    this.scaled = make("div", { class: "cg-scaled" }, this.bestMark, this.bestSaid, this.best, this.scale);
    this.heading = make("p", { class: "cg-objective" }); // where nothing is to be chosen
    this.ask = make("button", { type: "button", class: "cg-link cg-hide-presenting" });
    this.askWords = help.ask;
    // Once this click is over: a popover that opens during it takes it for one beside itself, and closes.
    this.ask.onclick = () => setTimeout(() => press(".st-key-chip_prices button"));
    this.line = make("p", { class: "cg-line-best" }, this.beside, this.verdict, this.certain, this.ask);
    this.noted = make("span");
    this.opens = make("button", { type: "button", class: "cg-link cg-hide-presenting" });
    this.opens.onclick = () => setTimeout(() => press(`.st-key-chip_${this.opens.dataset.chip} button`));
    this.note = make("p", { class: "cg-line-note" }, this.noted, this.opens);
    const first = make("p", { class: "cg-first" }, this.figure, this.rank, this.range);
    this.told = make("div", { class: "cg-told" }, first, this.line, this.note, this.scaled);
    // Until it is known whether there is something to note, or prices.
    this.note.hidden = this.ask.hidden = true;
    root.replaceChildren(this.heading, this.told);
  }

  take() {
    store.draw();
  }

  draw() {
    const { best, bestHelp, label, noteOpens, ranking, scaleHelp } = store.page.stakeholders[this.name];
    const { help, pinned } = store.page;
    const said = store.now.cards?.[this.name] ?? { scale: {} };
    this.heading.textContent = label;
    // The same at every point.
    const { needs_prices: needsPrices } = store.page.now.cards[this.name];
    this.ask.hidden = !needsPrices;
    this.ask.textContent = needsPrices ? this.askWords : "";
    store.write(this.value, said.figure);
    // What qualifies a figure stands below it, where there is room for it: the figure's line has its interval.
    this.unit.textContent = (!said.is_clipped && said.unit) || "";
    this.certain.textContent = (said.is_clipped && said.unit) || "";
    store.write(this.range, said.interval ?? "");
    this.range.title = said.interval_help ?? "";
    store.write(this.verdict, said.chance ?? "");
    this.rank.textContent = said.rank ?? "";
    this.rank.hidden = !said.rank; // a link without words has no place among the keys
    this.rank.href = ranking;
    this.noted.textContent = said.note ?? "";
    this.opens.dataset.chip = noteOpens;
    this.opens.textContent = help[noteOpens];
    this.note.hidden = !said.note;
    store.write(this.best, said.best);
    this.bestSaid.dataset.said = said.best ?? "";
    this.best.disabled = best === null || Boolean(said.is_best);
    this.best.title = this.best.disabled ? bestHelp : `${bestHelp}. ${help.see}`;
    this.besideSaid.textContent = said.comparison ?? "";
    this.beside.hidden = !said.comparison;
    this.line.classList.toggle("cg-to-pinned", pinned !== null);
    this.scale.title = scaleHelp;
    this.#drawScale(said, pinned !== null);
  }

  #drawScale({ scale, scale_label }, isPinned) {
    const { selected = null, best, low, high, current, pinned } = scale;
    const isKnown = selected !== null;
    this.scale.style.visibility = isKnown ? "" : "hidden";
    this.bestMark.hidden = !isKnown;
    this.mark.hidden = !isKnown || (isPinned ? pinned : current) === null;
    this.mark.classList.toggle("cg-pinned", isPinned);
    if (!isKnown) return;
    this.bestThere.style.left = percent(best);
    this.dot.style.left = percent(selected);
    for (const [mark, place] of [[this.today, current], [this.pinned, pinned]]) {
      mark.hidden = place === null;
      mark.style.left = percent(Math.min(1, Math.max(0, place ?? 0)));
      mark.classList.toggle("cg-beyond-left", place < 0);
      mark.classList.toggle("cg-beyond-right", place > 1);
    }
    const ends = [low ?? selected, high ?? selected];
    const [from, to] = [Math.min(...ends), Math.max(...ends)];
    this.band.style.left = percent(from);
    this.band.style.width = percent(to - from);
    this.band.classList.toggle("cg-on-left", from === 0); // it goes on past the end
    this.band.classList.toggle("cg-on-right", to === 1);
    this.scale.setAttribute("aria-label", scale_label);
    this.today.title = store.page.help.current;
  }
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
    this.what = make("span");
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
    const { everyTwo, obstacle, room } = store.page;
    const said = store.now.answer ?? {};
    const { lead = "", lead_chance: chance = "" } = said;
    const model = store.model(store.now.model);
    tellMoving();
    this.mark.replaceChildren(swatchOf(model));
    store.write(this.point, said.point ?? model.label);
    this.point.title = said.exact_point ?? "";
    store.write(this.what, said.effect);
    this.why.data = [said.reason ?? "", chance && " "].join("");
    this.lead.hidden = chance === "";
    this.lead.href = everyTwo;
    this.lead.title = said.lead_help ?? "";
    this.led.data = lead && `${lead} `;
    store.write(this.chance, chance);
    this.stop.data = chance && obstacle && ".";
    this.outright.textContent = obstacle;
    // A third of an em, as the margin behind the mark is wider than a space.
    this.title.dataset.room = `${model.shape}\u2004${room.point}`;
    this.does.dataset.room = room.effect;
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
    const { room } = store.page;
    const said = store.now.answer ?? {};
    store.write(this.figure, said.headline);
    this.worth.title = said.headline_help ?? "";
    this.expected.textContent = said.expected ?? "";
    this.expected.title = said.expected_help ?? "";
    store.write(this.limits, said.limits ?? "");
    this.limits.title = said.limits_help ?? "";
    this.limits.classList.toggle("cg-bad", Boolean(said.is_broken));
    this.limits.classList.toggle("cg-doubtful", Boolean(said.is_doubtful));
    this.worth.dataset.room = room.headline;
    this.limited.dataset.room = room.limits;
  }
}

/** The buttons beside the page's name. */
export class Actions {
  constructor(root, { words }) {
    const button = make("button", { type: "button", class: "cg-button cg-hide-presenting" }, words.present);
    button.title = words.present_help;
    button.onclick = () => present(words);
    root.replaceChildren(make("div", { class: "cg-buttons" }, copyLink(words), button));
  }

  take() {}

  draw() {}
}

// The answer, the headline, the stakeholders' cards and the buttons of the page. They show the words of the player's point.
import { copyLink } from "./share_button.js";
import { make, POPOVER, setChildren, setText, swatchOf, whenAtRest, whenThere } from "./dom.js";
import { store } from "./player.js";
import { present } from "./present.js";

/** Press a button of another element. */
const press = (selector) => whenThere(selector, (button) => button.click());

/** Card of a stakeholder: figure, best figure, comparison with the current system or the pinned point. */
export class Stakeholder {
  constructor(root, { name, help }) {
    this.name = name;
    this.help = help;
    this.value = make("span");
    this.unit = make("small");
    this.range = make("span", { class: "cg-sure", title: help.interval });
    this.figure = make("span", { class: "cg-figure", "data-testid": `figure-${name}` }, this.value, " ", this.unit);
    this.rank = make("a", { class: "cg-rank", title: help.rank, target: "_self" });
    this.best = make("button", { type: "button", class: "cg-link", "data-testid": `best-${name}` });
    // The click must be over first: a popover closes on a click outside of it, even on the one that opens it.
    // The page must be at rest, too, after another popover has closed: else this one opens without contents.
    this.best.addEventListener("pointerdown", () => (this.closesAnother = document.querySelector(POPOVER) !== null));
    this.best.onclick = () => {
      const open = () => press(`.st-key-best_${name} button`);
      if (this.closesAnother) whenAtRest(open);
      else setTimeout(open);
    };
    this.bestText = make("span", { class: "cg-best-said", "aria-hidden": "true" }); // instead of the button while presenting
    this.isBest = make("a", { class: "cg-link", title: help.all, target: "_self" }); // instead of the button at the best itself
    this.beside = make("span", { class: "cg-beside" });
    this.verdict = make("span", { class: "cg-verdict-word", title: help.chance });
    this.certain = make("span", { title: help.clipped });
    this.bests = make("div", { class: "cg-bests" }, this.bestText, this.best, this.isBest);
    this.heading = make("p", { class: "cg-objective" }); // instead of the menu of objectives
    this.ask = make("button", { type: "button", class: "cg-link cg-hide-presenting" });
    this.ask.onclick = () => setTimeout(() => press(".st-key-chip_prices button"));
    this.line = make("p", { class: "cg-line-best" }, this.beside, this.verdict, this.certain, this.ask);
    const first = make("p", { class: "cg-first" }, this.figure, this.rank, this.range);
    const content = make("div", { class: "cg-told" }, first, this.line, this.bests);
    this.ask.hidden = true; // until it is known whether it is needed
    root.replaceChildren(this.heading, content);
  }

  take() {
    store.draw();
  }

  draw() {
    const { bestHelp, label, ranking } = store.page.stakeholders[this.name];
    const { pinned } = store.page;
    const card = store.now.cards?.[this.name] ?? {};
    setText(this.heading, label);
    // Whether prices are needed is the same at every point.
    const { needs_prices: needsPrices } = store.page.now.cards[this.name];
    this.ask.hidden = !needsPrices;
    setText(this.ask, needsPrices ? this.help.ask : "");
    store.write(this.value, card.figure);
    // The explanation of a clipped figure is below it, because the interval fills its line.
    setText(this.unit, (!card.is_clipped && card.unit) || "");
    setText(this.certain, (card.is_clipped && card.unit) || "");
    store.write(this.range, card.interval ?? "");
    store.write(this.verdict, card.chance ?? "");
    setText(this.rank, card.rank ?? "");
    this.rank.hidden = !card.rank; // the Tab key must not reach a link without a text
    this.rank.href = this.isBest.href = ranking;
    store.write(this.best, card.best);
    this.bestText.dataset.said = card.best ?? "";
    // A card with a place among the models has a link to them already.
    const links = Boolean(card.is_best) && !card.rank;
    this.best.hidden = links;
    this.isBest.hidden = !links;
    setText(this.isBest, links ? card.best : "");
    this.best.disabled = !bestHelp || Boolean(card.is_best);
    this.best.title = this.best.disabled ? bestHelp : `${bestHelp}. ${this.help.compare}`;
    setText(this.beside, card.comparison ?? "");
    this.beside.hidden = !card.comparison;
    this.line.classList.toggle("cg-to-pinned", pinned !== null);
  }
}

/** Mark the page during a drag, so that styles hide texts of the last point that only the server can update. */
function markMoving() {
  const { dataset } = document.body;
  if (store.atRest) delete dataset.cgMoving;
  else dataset.cgMoving = store.page.judged ? "judged" : "";
}

/** The selected point and its effect. */
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
    const answer = store.now.answer ?? {};
    const { lead = "", lead_chance: chance = "" } = answer;
    const model = store.model(store.now.model);
    markMoving();
    setChildren(this.mark, [swatchOf(model)]);
    store.write(this.point, answer.point ?? model.label);
    this.point.title = answer.exact_point ?? "";
    store.write(this.what, answer.warning || answer.effect);
    this.what.classList.toggle("cg-doubtful", Boolean(answer.warning));
    this.why.data = [answer.reason ?? "", chance && " "].join("");
    this.lead.hidden = chance === "";
    this.lead.href = everyTwo;
    this.lead.title = answer.lead_help ?? "";
    this.led.data = lead && `${lead} `;
    store.write(this.chance, chance);
    this.stop.data = chance && obstacle && ".";
    setText(this.outright, obstacle);
    // The space of a third of an em takes the place of the margin after the swatch.
    this.title.dataset.room = `${model.shape}\u2004${room.point}`;
    this.does.dataset.room = room.effect;
  }
}

/** The executive's figure, and whether the point meets the limits. */
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
    const answer = store.now.answer ?? {};
    store.write(this.figure, answer.headline);
    this.worth.title = answer.headline_help ?? "";
    setText(this.expected, answer.expected ?? "");
    this.expected.title = answer.expected_help ?? "";
    store.write(this.limits, answer.limits ?? "");
    this.limits.title = answer.limits_help ?? "";
    this.limits.classList.toggle("cg-bad", Boolean(answer.is_broken));
    this.limits.classList.toggle("cg-doubtful", Boolean(answer.is_doubtful));
    this.worth.dataset.room = room.headline;
    this.limited.dataset.room = room.limits;
  }
}

/** The buttons next to the title of the page. */
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

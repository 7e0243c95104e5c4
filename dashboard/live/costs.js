// Counts of the point under discussion, and what its errors cost beside today's.
import { make } from "./make.js";
import { store } from "./store.js";
import { figure, number } from "./words.js";

const CELLS = [
  ["tp", "defects caught"],
  ["fn", "defects missed"],
  ["fp", "false alarms"],
  ["tn", "good units shipped"],
];
const TODAY_AT = 60; // where today's cost lies on the bar, in per cent of its width

export class Costs {
  constructor(root) {
    this.counts = new Map(CELLS.map(([name]) => [name, make("b", { "data-testid": `count-${name}` })]));
    const cells = CELLS.map(([name, words]) =>
      make("div", {}, this.counts.get(name), make("span", {}, words)),
    );
    const key = (kind, words) =>
      make("span", {}, make("i", { class: `cg-cost-${kind}`, "aria-hidden": "true" }), words);
    const keys = [key("missed", "misses"), key("alarms", "false alarms"), key("today", "today’s cost")];
    this.missed = make("div", { class: "cg-cost-missed" });
    this.alarms = make("div", { class: "cg-cost-alarms" });
    this.bar = make("div", { class: "cg-cost", role: "img" }, this.missed, this.alarms);
    this.bar.append(make("i", { style: `left:${TODAY_AT}%` }));
    this.words = make("p", { class: "cg-note", "data-testid": "cost" });
    root.append(make("div", { class: "cg-counts" }, ...cells), this.bar, make("p", { class: "cg-cost-key" }, ...keys), this.words);
  }

  draw() {
    for (const [name] of CELLS) {
      const count = store.count(name);
      this.counts.get(name).textContent = number(count, Number.isInteger(count) ? 0 : 1);
    }
    const { objectives, scenario, today } = store.page;
    const worth = (id, value) => figure(objectives[id], value, scenario);
    const cost = store.value("cost_of_errors");
    const missed = store.value("missed_defects") * scenario.missCost;
    const then = today.figures.cost_of_errors;
    const whole = then > 0 ? (then * 100) / TODAY_AT : Math.max(cost, 1);
    const first = Math.min(100, (100 * missed) / whole);
    this.missed.style.width = `${first}%`;
    this.alarms.style.width = `${Math.min(100 - first, (100 * (cost - missed)) / whole)}%`;
    this.bar.classList.toggle("cg-beyond", cost > whole);
    const misses = number(scenario.missCost, Number.isInteger(scenario.missCost) ? 0 : 1);
    const text =
      `Cost of errors: ${worth("cost_of_errors", cost)} ${objectives.cost_of_errors.words} ` +
      `(each miss counts ${misses}); today’s: ${worth("cost_of_errors", then)}.`;
    this.words.textContent = text;
    this.bar.setAttribute("aria-label", text);
  }
}

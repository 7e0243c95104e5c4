// What a chart says of what is under the pointer: a label that goes with it and stays inside the chart.
import { make } from "./dom.js";
import { store } from "./store.js";
import { ends, figure } from "./number_formatting.js";

const AWAY = 14; // pixels from the pointer

export class Hover {
  resting = null; // where the pointer was when it clicked

  constructor(box) {
    this.box = box;
    this.label = make("div", { class: "cg-hover", role: "status", hidden: "" });
    box.append(this.label);
    box.addEventListener("pointermove", (event) => {
      this.#wake(event);
      this.follow(event);
    });
    box.addEventListener("pointerleave", () => this.hide());
  }

  /** Say lines, the first of them as a title; of one in parts only the first is broken where it is too long. */
  show([title, ...lines], event) {
    this.#wake(event ?? {});
    if (this.resting) return;
    const spans = lines.map((line) => {
      const [said, ...whole] = [line].flat();
      return make("span", {}, said, ...whole.flatMap((part) => [" ", make("span", { class: "cg-whole" }, part)]));
    });
    this.label.replaceChildren(make("b", {}, title), ...spans);
    this.label.hidden = false;
    this.follow(event);
  }

  hide() {
    this.label.hidden = true;
  }

  /** Say nothing until the pointer moves away from where it is. */
  rest({ clientX, clientY } = {}) {
    this.resting = clientX === undefined ? null : [clientX, clientY];
    this.hide();
  }

  /** A browser also tells of a pointer that stands still, when the page moves below it. */
  #wake({ clientX, clientY }) {
    if (this.resting && clientX !== undefined && (clientX !== this.resting[0] || clientY !== this.resting[1])) this.resting = null;
  }

  /** Beside the pointer, on the side where there is room. */
  follow({ clientX, clientY }) {
    if (this.label.hidden || clientX === undefined) return;
    const { left, top, width, height } = this.box.getBoundingClientRect();
    const { offsetWidth: wide, offsetHeight: high } = this.label;
    const [x, y] = [clientX - left, clientY - top];
    const right = x + AWAY + wide <= width ? x + AWAY : x - AWAY - wide;
    const down = y + AWAY + high <= height ? y + AWAY : y - AWAY - high;
    this.label.style.left = `${Math.max(0, Math.min(width - wide, right))}px`;
    this.label.style.top = `${Math.max(0, Math.min(height - high, down))}px`;
  }
}

/** A figure of an operating point with its name and its unit; and, where that is known, its interval. */
export function figureLine(id, model, at) {
  const { objectives, scenario } = store.page;
  const objective = objectives[id];
  const value = store.value(id, model, at);
  const known = sure(objective, value, model, at);
  const text = `${objective.label}: ${figure(objective, value, scenario)} ${objective.words}`.trimEnd();
  return known ? [text, `(${known})`] : [text];
}

/**
 * The interval of a figure, in words: of the chosen point as its card has it, which allows for the point's having
 * been picked; none of another that somebody picks, of which only its own card could say so.
 */
function sure(objective, value, model, at) {
  const { scenario, stakeholders, said } = store.page;
  if (!objective.ofModel) {
    const position = stakeholders.findIndex((one) => one.objective === objective.id);
    const isChosen = store.atRest && store.below === null && model === store.model && at === store.at;
    if (isChosen && position >= 0) return said.cards[position].interval;
    if (store.isPicked(model, at)) return "";
  }
  const range = store.range(objective.id, model, at);
  return range ? ends(objective, value, ...range, scenario) : "";
}

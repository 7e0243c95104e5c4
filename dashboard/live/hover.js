// What a chart says of what is under the pointer: a label that goes with it and stays inside the chart.
import { make } from "./dom.js";

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
      const [said, whole] = [line].flat();
      return make("span", {}, said, ...(whole ? [" ", make("span", { class: "cg-whole" }, whole)] : []));
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

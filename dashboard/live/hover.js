// Label about the point under the pointer. It follows the pointer and stays inside the chart.
import { make } from "./dom.js";

const AWAY = 14; // pixels from the pointer

export class Hover {
  resting = null; // position of a pointer that clicked and has not moved since

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

  /** Show lines, the first of them as a title. A line in two parts breaks only within the first part. */
  show([title, ...lines], event) {
    this.#wake(event ?? {});
    if (this.resting) return;
    const spans = lines.map((line) => {
      const [text, unbroken] = [line].flat();
      return make("span", {}, text, ...(unbroken ? [" ", make("span", { class: "cg-whole" }, unbroken)] : []));
    });
    this.label.replaceChildren(make("b", {}, title), ...spans);
    this.label.hidden = false;
    this.follow(event);
  }

  hide() {
    this.label.hidden = true;
  }

  /** Hide the label until the pointer moves. */
  rest({ clientX, clientY } = {}) {
    this.resting = clientX === undefined ? null : [clientX, clientY];
    this.hide();
  }

  /** Notice that a resting pointer has moved. Browsers also send events if only the page moves below it. */
  #wake({ clientX, clientY }) {
    if (this.resting && clientX !== undefined && (clientX !== this.resting[0] || clientY !== this.resting[1])) this.resting = null;
  }

  /** Move the label next to the pointer, to the side with enough room. */
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

// A strip of who is cheapest where: a chart that nothing moves.
import { Chart } from "./chart.js";

export class Strip {
  constructor(root) {
    this.chart = new Chart(root, () => {}, { grows: false });
  }

  take(head, buffer, start) {
    this.chart.describe(head.alt);
    this.chart.show(new Uint8Array(buffer, start));
  }

  draw() {}

  end() {
    this.chart.end();
  }
}

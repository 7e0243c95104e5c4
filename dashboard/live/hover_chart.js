// A static chart with a label about the point under the pointer.
import { Chart } from "./chart.js";
import { Hover } from "./hover.js";

export class HoverChart {
  constructor(root) {
    const on = {
      plotly_hover: ({ points, event }) => this.#pointed(points, event),
      plotly_unhover: () => this.hover.hide(),
    };
    this.chart = new Chart(root, () => {}, { config: { doubleClick: false }, grows: false, on });
    this.hover = new Hover(this.chart.box);
  }

  take(head, buffer, start) {
    this.chart.describe(head);
    this.chart.show(new Uint8Array(buffer, start));
  }

  /** Show the lines that a point carries, the first of them as a title, unless Plotly shows its text itself. */
  #pointed([{ customdata, data }], event) {
    if (customdata && data.hoverinfo === "none") this.hover.show(customdata, event);
  }

  draw() {}

  end() {
    this.chart.end();
  }
}

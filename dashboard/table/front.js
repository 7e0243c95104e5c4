// The front: Plotly draws every model; the overlay is the point under discussion.
import { Chart, pixel, set, shape, visible } from "./chart.js";
import { store } from "./store.js";

export class Front {
  constructor(root) {
    this.chart = new Chart(root, () => this.draw());
    this.halo = shape("circle", { r: 11, class: "cg-halo" });
    this.dot = shape("circle", { r: 5.5, class: "cg-dot" });
    this.label = shape("text", { class: "cg-mark", "text-anchor": "middle" });
    this.label.textContent = "chosen";
    this.chart.overlay.append(this.halo, this.dot, this.label);
  }

  take(head, buffer, start) {
    this.axes = head.axes;
    this.chart.show(new Uint8Array(buffer, start), (event) => this.#clicked(event));
    this.draw();
  }

  #clicked(event) {
    const data = event.points[0]?.customdata;
    if (!data?.[0]) return;
    const model = store.page.models.findIndex((one) => one.name === data[0]);
    if (model < 0) return;
    store.move(model, store.position(model, Number(data[1])));
    store.release();
  }

  /** Whether the name of another point stands where this one's would. */
  #crowded(x, y) {
    const { xaxis, yaxis, annotations } = this.chart.plot._fullLayout;
    return (annotations ?? []).some((note) => {
      const left = xaxis._offset + xaxis.d2p(note.x) + (note.ax ?? 0);
      const top = yaxis._offset + yaxis.d2p(note.y) + (note.ay ?? 0);
      return Math.abs(left - x) < 34 + 3.3 * note.text.length && Math.abs(top - y) < 18;
    });
  }

  draw() {
    if (!store.ready || !this.chart.ready) return;
    const { xaxis, yaxis } = this.chart.plot._fullLayout;
    const [x, y] = this.axes.map((id) => store.value(id));
    const there = Number.isFinite(x) && Number.isFinite(y);
    this.chart.overlay.style.visibility = there ? "visible" : "hidden";
    if (!there) return;
    const left = pixel(xaxis, x);
    const top = pixel(yaxis, y);
    // A point outside the picture is shown at its edge, pale.
    const inside = visible(xaxis, x) && visible(yaxis, y);
    this.chart.overlay.style.opacity = inside ? 1 : 0.45;
    for (const circle of [this.halo, this.dot]) set(circle, { cx: left, cy: top });
    const y2 = top > 40 ? top - 17 : top + 28;
    set(this.label, { x: left, y: y2 });
    this.label.style.display = this.#crowded(left, y2 - 5) ? "none" : "";
  }

  end() {
    this.chart.end();
  }
}

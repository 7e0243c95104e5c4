// Sliders, fields and keys for the threshold, with the counts of misses and false alarms, above the trade-off chart.
import { make, setText } from "./dom.js";
import { store, toNumber, toText } from "./player.js";

const STEPS = 10_000; // steps of a slider
/** Share of the axis that Page Up and Page Down move by. */
const PAGE = 1 / 20;

export class ThresholdSlider {
  /** `chart` is the trade-off chart, along whose axis the sliders are. */
  constructor(root, chart, help) {
    const field = (label) => make("input", { type: "number", step: "any", "aria-label": label });
    const slider = (test) => make("input", { type: "range", min: 0, max: STEPS, step: 1, "data-testid": test });
    const button = (words, title, test) => make("button", { type: "button", class: "cg-button", title, "data-testid": test }, words);
    this.chart = chart;
    this.help = help;
    this.models = make("select", { "aria-label": help.model });
    this.exact = field(help.exact);
    this.remark = make("span", { role: "status" });
    this.pin = button(help.pin, help.pinHelp, "pin");
    [this.fn, this.fp] = ["fn", "fp"].map((name) => make("b", { "data-testid": `count-${name}` }));
    this.missed = make("span", {}, this.fn, ` ${help.missed}, `);
    this.alarms = make("span", {}, this.fp, ` ${help.alarms}`);
    this.then = make("span", { "data-testid": "alarms-today" });
    const line = make("p", { class: "cg-counts" }, make("span", {}, this.missed, this.alarms, this.then), this.remark);
    this.from = field(help.exactLower);
    this.inspected = make("label", { class: "cg-inspected", hidden: "" }, `${help.from} `, this.from, ` ${help.to}`);
    this.back = button(help.band, help.bandHelp, "best-band");
    const controls = make("div", { class: "cg-controls cg-hide-presenting" });
    controls.append(this.models, this.inspected, this.exact, this.back, this.pin);
    this.range = slider("threshold");
    this.lower = slider("ship-below");
    this.lower.hidden = true;
    this.lower.setAttribute("aria-label", help.lower);
    this.lower.classList.add("cg-lower");
    this.place = make("div", { class: "cg-range" }, this.range, this.lower);
    const part = make("div", { "data-part": "threshold", class: "cg-threshold" });
    part.append(make("div", { class: "cg-threshold-line" }, controls, line), this.place);
    root.append(part);
    this.#listen();
  }

  /** Handle that an element belongs to. */
  handleOf(element) {
    return element === this.lower ? "lower" : "upper";
  }

  #listen() {
    this.#listenToSlider(this.range, "upper");
    this.#listenToSlider(this.lower, "lower");
    this.back.addEventListener("click", () => {
      store.choose(store.page.bestBand);
      this.range.focus(); // the button disappears
    });
    this.models.addEventListener("change", () => store.chooseModel(store.page.models[this.models.selectedIndex].name));
    // The server answers with the next threshold at or above what was typed.
    const typed = (field, change) => {
      field.addEventListener("change", () => {
        if (field.value === "") return;
        store.choose({ ...store.now, ...change(field.value) });
        field.blur(); // so that the field shows the selected threshold again
        this.chart.draw();
      });
    };
    typed(this.exact, (at) => ({ at, below: this.#lowest(at) }));
    typed(this.from, (below) => ({ at: toText(Math.max(toNumber(store.now.at), Number(below))), below }));
    this.pin.addEventListener("click", () => store.say("pinned", store.now));
  }

  /** Lower threshold after an upper one was typed. It does not exceed the upper threshold. */
  #lowest(at) {
    const { from } = store.now;
    return from && toText(Math.min(toNumber(from), Number(at)));
  }

  /** Listen to a slider. */
  #listenToSlider(thumb, handle) {
    thumb.addEventListener("pointerdown", () => {
      this.held = thumb;
      store.grasp(handle);
    });
    // No "change" follows if the thumb is released where it was pressed.
    for (const name of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) {
      // The blur of the other thumb comes after this thumb was pressed.
      thumb.addEventListener(name, () => setTimeout(() => this.keyed || this.held !== thumb || store.release(), 0));
    }
    thumb.addEventListener("input", () => {
      if (!this.chart.isCurrent) return;
      const wanted = this.chart.axis.start + (thumb.valueAsNumber / STEPS) * this.chart.axis.length;
      this.#follow(() => wanted, handle);
    });
    thumb.addEventListener("change", () => store.release());
    thumb.addEventListener("keydown", (event) => this.#pressed(event, handle));
    thumb.addEventListener("keyup", () => this.#released());
    thumb.addEventListener("blur", () => this.#released());
  }

  /** Move a handle to the stop nearest to a pixel of the axis, which `wanted` returns. */
  #follow(wanted, handle) {
    store.follow(() => store.move(this.chart.nearest(wanted(), handle), handle), handle);
  }

  /** Move with the keys, by a stop, by a page or to an end. The arrow keys work even before the chart is drawn. */
  #pressed(event, handle) {
    if (!store.ready) return;
    const rising = this.chart.head.axis === "threshold" ? 1 : -1; // values on the other axes fall as the threshold rises
    const step = { ArrowRight: rising, ArrowUp: rising, ArrowLeft: -rising, ArrowDown: -rising }[event.key];
    const { start, length } = this.chart.isCurrent ? this.chart.axis : {};
    const far = { PageUp: PAGE, PageDown: -PAGE }[event.key];
    const edge = { Home: start, End: start + length }[event.key];
    const isFar = this.chart.isCurrent && (far !== undefined || edge !== undefined);
    if (step === undefined && !isFar) return;
    event.preventDefault();
    store.grasp(handle);
    this.keyed = true;
    if (step !== undefined) store.step(step, handle);
    else this.#follow(() => edge ?? this.chart.pixel(store.now, handle) + far * length, handle);
  }

  #released() {
    if (!this.keyed) return;
    this.keyed = false;
    store.release();
  }

  /** Show the model, the threshold and its counts. */
  draw() {
    this.#drawModels();
    const { inspected } = store.page;
    const words = store.now.threshold ?? {};
    store.write(this.fn, words.missed);
    // A card usually shows the missed defects already.
    this.missed.hidden = words.is_missed_on_card ?? true;
    store.write(this.fp, words.alarms);
    this.alarms.title = words.alarms_help ?? "";
    setText(this.then, words.current ?? "");
    this.range.setAttribute("aria-label", inspected ? this.help.upperOfTwo : this.help.upper);
    this.range.setAttribute("aria-valuetext", words.upper ?? "");
    this.lower.setAttribute("aria-valuetext", words.lower ?? "");
    this.lower.hidden = this.inspected.hidden = !inspected;
    this.back.hidden = !words.has_cheaper_band;
    setText(this.pin, store.isPinned ? this.help.pinned : this.help.pin);
    setText(this.remark, words.remark ?? "");
    for (const [field, value] of [[this.exact, words.upper_field], [this.from, words.lower_field]]) {
      if (field !== field.getRootNode().activeElement) field.value = value ?? "";
    }
    this.exact.title = words.upper_help ?? "";
  }

  #drawModels() {
    const { models } = store.page;
    const names = JSON.stringify(models.map(({ label, short }) => [label, short]));
    if (names !== this.modelNames) {
      this.modelNames = names;
      this.models.replaceChildren(...models.map(({ label, short }) => make("option", { title: label }, short)));
    }
    this.models.selectedIndex = models.findIndex(({ name }) => name === store.now.model);
  }

  /** Move the thumbs to pixels of the axis, except a thumb that is being dragged. */
  moveThumbs({ start, length }, upper, lower) {
    this.place.style.paddingLeft = `${start - 8}px`;
    this.range.style.width = `${length + 16}px`;
    const held = store.moving && !this.keyed ? this.held : null;
    if (held !== this.range) this.range.value = ((upper - start) / length) * STEPS;
    if (!store.page.inspected) return;
    if (held !== this.lower) this.lower.value = ((lower - start) / length) * STEPS;
    // If both thumbs are at the same place, half of this one stays free, on the side to which it can move.
    const right = this.chart.head.axis !== "threshold";
    this.lower.classList.toggle("cg-right", right);
    this.lower.style.left = `${start - (right ? 0 : 8)}px`;
    this.lower.style.width = `${length + 8}px`;
  }
}

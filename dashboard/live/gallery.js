// Units as pictures: one of them is looked at, by a click or by the arrow keys.
import { make } from "./dom.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
/** Tiles up to which all of them are in sight, and none is cut by an edge. */
const IN_SIGHT = 24;

export class Gallery {
  constructor(root) {
    this.list = make("div", { class: "cg-gallery", role: "listbox" });
    this.list.addEventListener("click", (event) => {
      const tile = event.target.closest(".cg-tile");
      if (tile) this.choose(this.tiles.indexOf(tile));
    });
    this.list.addEventListener("keydown", (event) => this.step(event));
    this.shown = "";
    root.append(this.list);
  }

  take(head) {
    this.head = head;
    const shown = JSON.stringify(head.tiles);
    if (shown !== this.shown) {
      this.shown = shown;
      this.list.setAttribute("aria-label", head.title);
      this.tiles = head.tiles.map((tile) => this.tile(tile));
      this.list.replaceChildren(...this.tiles);
      this.list.classList.toggle("cg-long", this.tiles.length > IN_SIGHT);
      this.list.scrollTop = 0;
    }
    this.mark(head.chosen);
  }

  tile({ picture, alt, words, title }) {
    const seen = picture
      ? make("img", { src: picture, alt, loading: "lazy", decoding: "async" })
      : make("span", { class: "cg-no-picture" }, this.head.none);
    const caption = words.map((text) => make("span", {}, text));
    return make("div", { class: "cg-tile", role: "option", title, tabindex: "-1" }, seen, ...caption);
  }

  /** Show which one is looked at; only that one is reached by the tab key. */
  mark(chosen) {
    this.chosen = chosen;
    this.tiles.forEach((tile, k) => {
      tile.setAttribute("aria-selected", String(k === chosen));
      tile.tabIndex = k === chosen ? 0 : -1;
    });
  }

  choose(k) {
    this.mark(k);
    this.tiles[k].focus({ preventScroll: true });
    this.tiles[k].scrollIntoView({ block: "nearest" });
    // Whoever holds an arrow key down is asked about once, where it comes to rest.
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.say("unit", { list: this.head.list, at: k }), 120);
  }

  step(event) {
    const last = this.tiles.length - 1;
    let to = null;
    if (event.key in STEPS) to = this.chosen + STEPS[event.key];
    else if (event.key === "ArrowDown") to = this.chosen + this.columns();
    else if (event.key === "ArrowUp") to = this.chosen - this.columns();
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = last;
    if (to === null) return;
    event.preventDefault();
    this.choose(Math.min(Math.max(to, 0), last));
  }

  /** Tiles that stand side by side. */
  columns() {
    const top = this.tiles[0].offsetTop;
    const below = this.tiles.findIndex((tile) => tile.offsetTop > top);
    return below < 0 ? this.tiles.length : below;
  }

  draw() {}

  end() {
    clearTimeout(this.asking);
  }
}

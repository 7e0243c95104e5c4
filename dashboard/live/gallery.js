// Gallery of units. A click or the arrow keys select a unit, which the page then shows in detail.
import { make } from "./dom.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
/** Largest number of tiles for which the gallery does not scroll. */
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

  /** Mark the selected tile, which is the only one that the Tab key reaches. */
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
    // While an arrow key is held down, only the last tile is sent to the server.
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

  /** Number of tiles in a row. */
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

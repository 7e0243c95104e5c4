// Table that is sorted by a click on the head of a column. The server sends texts and sort keys.
import { make, swatchOf } from "./dom.js";

const REVERSED = { ascending: "descending", descending: "ascending" };

/** Rows in the order of a column. Rows without a figure are last, ascending and descending. */
export function sorted(rows, column, direction) {
  const sign = direction === "ascending" ? 1 : -1;
  return rows.toSorted((a, b) => {
    const [x, y] = [a.order[column], b.order[column]];
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (typeof x === "string" ? x.localeCompare(y) : x - y);
  });
}

/**
 * Column and direction after a click on a head: best first, then worst first, then the initial order.
 * `best` has the direction of each column that puts its best figure first, `rest` the column of the initial order.
 */
export function clicked(by, column, best, rest) {
  if (by.column !== column) return { column, direction: best[column] };
  if (by.direction === best[column]) return { column, direction: REVERSED[best[column]] };
  return { column: rest, direction: best[rest] };
}

/** Mark of the row's point, and colour and shape of its model, before its name. */
function marks(row) {
  return [row.mark && `${row.mark}\u00a0`, swatchOf(row)];
}

export class SortableTable {
  constructor(root) {
    this.place = make("div", { class: "cg-wide", role: "region", tabindex: "0" });
    root.append(this.place);
    this.by = { label: "", column: 0, direction: "ascending" };
  }

  take(head) {
    this.head = head;
    this.place.setAttribute("aria-label", head.alt);
    this.place.classList.toggle("cg-long", head.long);
    const first = new Set();
    this.groups = [];
    const groups = head.groups.map(([name, span]) => {
      first.add(this.groups.length);
      this.groups.push(...Array(span).fill(name));
      return make(name ? "th" : "td", { colspan: span, ...(name && { scope: "colgroup" }) }, name);
    });
    this.classes = head.heads.map(({ text }, k) =>
      [text && "cg-text", first.has(k) && k > 0 && "cg-begins"].filter(Boolean).join(" "),
    );
    groups.forEach((group, k) => k > 0 && group.classList.add("cg-begins"));
    this.heads = head.heads.map(({ help, label }, k) => {
      const button = make("button", { type: "button", title: help, "data-group": this.groups[k] }, label);
      button.onclick = () => this.sort(k);
      return make("th", { scope: "col", class: this.classes[k] }, button);
    });
    this.body = make("tbody");
    this.rows = head.rows.map((row) => ({ ...row, line: this.line(row) }));
    const labels = head.heads.map(({ label }) => label).join();
    this.best = head.heads.map(({ best }) => best);
    if (this.by.label !== labels) this.by = { label: labels, column: head.rest, direction: this.best[head.rest] };
    this.place.replaceChildren(
      make("table", { class: `cg-compare cg-models-table${head.brief ? " cg-brief" : ""}` }, make("thead", {}, make("tr", {}, ...groups), make("tr", {}, ...this.heads)), this.body),
    );
    this.show();
  }

  line(row) {
    const cells = row.cells.map((words, k) =>
      make(k ? "td" : "th", { class: this.classes[k], ...(k ? { "data-group": this.groups[k] } : { scope: "row" }) }, ...(k ? [] : marks(row)), words),
    );
    return make("tr", row.chosen ? { class: "cg-here" } : {}, ...cells);
  }

  sort(column) {
    this.by = { ...this.by, ...clicked(this.by, column, this.best, this.head.rest) };
    this.show();
  }

  show() {
    const { column, direction } = this.by;
    this.heads.forEach((head, k) => head.setAttribute("aria-sort", k === column ? direction : "none"));
    this.body.replaceChildren(...sorted(this.rows, column, direction).map((row) => row.line));
  }

  draw() {}
}

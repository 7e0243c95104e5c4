/** An element with a class, attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Colour, on paper too, and shape of a model, as a character. */
export function swatchOf({ color, ink, shape }) {
  return make("span", { class: "cg-swatch", style: `color:${color};--cg-ink:${ink}`, "aria-hidden": "true" }, shape);
}

/** Frames for which an element may take to come. */
const PATIENCE = 1200;

/** Do something with an element as soon as it is there: what draws it may be loaded a moment later. */
export function whenThere(selector, act, left = PATIENCE) {
  const found = document.querySelector(selector);
  if (found !== null) act(found);
  else if (left > 0) requestAnimationFrame(() => whenThere(selector, act, left - 1));
}

/** Show another page of the app as the Back button does: the server draws it, and the app is not loaded again. */
export function openInPlace(address) {
  history.pushState(null, "", address);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

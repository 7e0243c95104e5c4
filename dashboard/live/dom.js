/** An element with a class, attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Write a text into an element. Its text node stays the same: when an element gets or loses a child, the
 * browser matches every `:has()` of the style sheets again, which takes longer than everything else in a drag.
 */
export function setText(element, text) {
  if (element.firstChild === null) element.append(text);
  else if (element.firstChild.data !== text) element.firstChild.data = text;
}

/** Show elements as the children of another one. Present children of the same kinds stay, like the text of `setText`. */
export function setChildren(parent, children) {
  const present = [...parent.children];
  if (String(present.map(({ tagName }) => tagName)) !== String(children.map(({ tagName }) => tagName))) {
    parent.replaceChildren(...children);
    return;
  }
  children.forEach((child, k) => {
    for (const { name, value } of child.attributes) if (present[k].getAttribute(name) !== value) present[k].setAttribute(name, value);
    if (child.firstChild) setText(present[k], child.textContent);
  });
}

/** Character with the colour and the shape of a model. `ink` is the colour on paper. */
export function swatchOf({ color, ink, shape }) {
  return make("span", { class: "cg-swatch", style: `color:${color};--cg-ink:${ink}`, "aria-hidden": "true" }, shape);
}

/** Number of animation frames to wait for an element. */
const PATIENCE = 1200;

/** Call a function with an element as soon as the element exists, because its script may still be loading. */
export function whenThere(selector, act, left = PATIENCE) {
  const element = document.querySelector(selector);
  if (element !== null) act(element);
  else if (left > 0) requestAnimationFrame(() => whenThere(selector, act, left - 1));
}

export const POPOVER = '[data-testid="stPopoverBody"]';
const AT_REST = '[data-test-script-state="notRunning"]';
/** Number of animation frames after which the page is taken to stay at rest. */
const CALM = 20;

/** Call a function once no popover has been open and no script has run for some frames. */
export function whenAtRest(act, calm = 0, left = PATIENCE) {
  if (calm === CALM || left === 0) act();
  else {
    const rests = document.querySelector(AT_REST) !== null && document.querySelector(POPOVER) === null;
    requestAnimationFrame(() => whenAtRest(act, rests ? calm + 1 : 0, left - 1));
  }
}

/** Show another page of the app without reloading the app, as the Back button of the browser does. */
export function openInPlace(address) {
  history.pushState(null, "", address);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

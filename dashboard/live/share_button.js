// Button that copies the address of the page, which contains all choices.

import { make } from "./dom.js";

/** Copy a text to the clipboard. Browsers allow the modern way only over https and on localhost. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make("textarea", { readonly: "", "aria-hidden": "true", class: "cg-off-stage" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

/** Create the button; `words` are `ACTIONS` of `dashboard.words.decide.button_labels`. */
export function copyLink(words) {
  const button = make("button", { type: "button", class: "cg-button cg-hide-presenting" }, words.share);
  button.title = words.share_help;
  const status = make("span", { role: "status", class: "cg-off-stage" });
  let timer;
  button.onclick = async () => {
    const done = await copied(location.href);
    button.focus();
    button.firstChild.data = done ? words.copied : words.by_hand;
    status.textContent = done ? words.copied_said : words.by_hand_said;
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.firstChild.data = words.share;
      status.textContent = "";
    }, 6000);
  };
  return make("span", {}, button, status);
}

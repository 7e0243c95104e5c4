// The button that copies the address of the page, which says all that was chosen.

import { make } from "./dom.js";

/** Copy where pages may do so by themselves (over https, or on one's own machine), or as by hand. */
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

/** The button; `words` are those of `dashboard.words.decide.actions`. */
export function copyLink(words) {
  const button = make("button", { type: "button", class: "cg-button cg-hide-presenting" }, words.share);
  button.title = words.share_help;
  const said = make("span", { role: "status", class: "cg-off-stage" });
  let back;
  button.onclick = async () => {
    const done = await copied(location.href);
    button.focus();
    button.firstChild.data = done ? words.copied : words.by_hand;
    said.textContent = done ? words.copied_said : words.by_hand_said;
    clearTimeout(back);
    back = setTimeout(() => {
      button.firstChild.data = words.share;
      said.textContent = "";
    }, 6000);
  };
  return make("span", {}, button, said);
}

// The button that copies the address of the page, which says all that was chosen.

import { make } from "./dom.js";

const LABEL = "Share";

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

export function copyLink() {
  const button = make("button", { type: "button", class: "cg-button cg-hide-presenting" }, LABEL);
  button.title = "Copy the address of this page: whoever opens it sees what you see";
  const said = make("span", { role: "status", class: "cg-off-stage" });
  let back;
  button.onclick = async () => {
    const done = await copied(location.href);
    button.focus();
    button.firstChild.data = done ? "Copied" : "Copy it from the address bar";
    said.textContent = done ? "The link is copied." : "Copy the link from the address bar.";
    clearTimeout(back);
    back = setTimeout(() => {
      button.firstChild.data = LABEL;
      said.textContent = "";
    }, 6000);
  };
  return make("span", {}, button, said);
}

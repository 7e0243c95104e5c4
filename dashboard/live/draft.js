// What is typed into the record dialog, kept in this tab until it is recorded: a server that is started anew
// knows nothing of it, and what stands in a box that was not left yet it has never heard.

const PLACE = "common-ground: decision on its way";
let names = [];
let sent = {};
let told = "";
let early = {}; // typed before the server's word of the new attempt was here
let listens = false;

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(PLACE));
  } catch {
    return null; // not ours, or a browser that keeps nothing
  }
}

function keep(draft) {
  try {
    if (draft === null) sessionStorage.removeItem(PLACE);
    else sessionStorage.setItem(PLACE, JSON.stringify(draft));
  } catch {
    // then it goes with the server, as before
  }
}

function typed(event) {
  const box = event.target.closest?.("[class*='st-key-']");
  const name = names.find((one) => box?.classList.contains(`st-key-${one}`));
  const draft = kept();
  if (name === undefined) return;
  if (draft === null) {
    early[name] = event.target.value;
    return;
  }
  draft.fields[name] = event.target.value;
  keep(draft);
}

// Escape closes the dialog: what is being typed at that moment is said first, which leaving its box does.
function leave(event) {
  if (event.key === "Escape" && event.target.matches?.(".st-key-recording :is(textarea, .stTextInput input)")) event.target.blur();
}

// Take over what the server knows; where it knows of no decision on its way, tell it what was kept.
export function takeDraft(head, tell) {
  names = head.names;
  if (!listens) {
    document.addEventListener("input", typed, true);
    document.addEventListener("keydown", leave, true);
  }
  listens = true;
  const before = kept();
  if (head.is_recorded) {
    keep(null);
  } else if (head.key !== "") {
    const fields = before?.key === head.key ? before.fields : early;
    early = {};
    for (const [name, value] of Object.entries(head.fields)) {
      if (sent[name] !== value || !(name in fields)) fields[name] = value;
    }
    keep({ key: head.key, is_open: head.is_open, fields });
  } else if (before !== null && told !== head.session) {
    told = head.session; // once, whatever comes of it
    tell("kept", before);
  }
  sent = head.fields;
}

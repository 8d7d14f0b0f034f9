// A form that leaves the page goes only while the server answers: else what was entered would be gone with the page.

import { sayNetwork } from "./network.js";
import { clear, show } from "./verdict.js";

const LIMIT = 3000; // ms after which a silent server is away
const through = new WeakSet();
const asking = new WeakSet();

async function answers() {
  const heard = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(LIMIT) }).catch(() => null);
  return Boolean(heard?.headers.has("X-Request-Id"));
}

function waits() {
  sayNetwork(false, new Date());
  show({
    kind: "waiting", word: "WAITING for the network",
    says: "Nothing was sent. What was entered stays here: give it again when the server answers.",
    answers: [{ label: "BACK TO THE PAGE", press: clear }],
  });
}

// Once WAITING was shown nothing goes by itself: only another press sends it, or it would go when nobody stands there.
async function goOn(form, button) {
  asking.add(form);
  const reached = await answers();
  asking.delete(form);
  if (!reached || ![form, button ?? form].every((one) => one.isConnected)) {
    waits();
    return;
  }
  through.add(form);
  try {
    form.requestSubmit(button);
  } finally {
    through.delete(form);
  }
}

export function holdForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || through.has(form)) return;
    event.preventDefault();
    if (!asking.has(form)) goOn(form, event.submitter);
  });
}

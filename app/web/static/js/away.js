// The page of a server that is away: it asks until somebody answers, then opens the address that was wanted.

import { sayNetwork } from "./network.js";

const EVERY = 3000; // ms between two questions, and that one may take
const [, , station] = window.location.pathname.split("/");

// A form broke on its way: it may have been done.
const unsure = window.location.hash === "#unsure";

function name() {
  try {
    return `station ${decodeURIComponent(station)}`;
  } catch {
    return ""; // no address of a station: the page asks on all the same
  }
}

async function ask() {
  const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(EVERY) }).catch(() => null);
  if (answer?.headers.has("X-Request-Id")) window.location.reload(); // with what it is unsure of: the page that comes says so once more
  else setTimeout(ask, EVERY);
}

document.getElementById("station").textContent = name();
document.getElementById("unsure").hidden = !unsure;
sayNetwork(false, new Date());
window.addEventListener("online", ask);
setTimeout(ask, EVERY);

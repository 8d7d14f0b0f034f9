// The page of a server that is away: it asks until somebody answers, then opens the address that was wanted.

import { sayNetwork } from "./network.js";

const EVERY = 3000; // ms between two questions
const [, , station] = window.location.pathname.split("/");

async function ask() {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (answer?.headers.has("X-Request-Id")) window.location.reload();
  else setTimeout(ask, EVERY);
}

document.getElementById("station").textContent = `station ${decodeURIComponent(station)}`;
sayNetwork(false, new Date());
window.addEventListener("online", ask);
setTimeout(ask, EVERY);

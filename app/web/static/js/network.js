// The network's badge: at a tablet OFFLINE with the number of what waits here to be sent, at a desk since when a page is not live.

import { waiting } from "./kept.js";

const LOOKS = 1000; // ms between two looks at what waits, while nobody answers or something waits
let state = { live: true, since: null };
let timer = 0;

// The site's time of day, wherever the browser stands.
function siteTime(at) {
  const timeZone = document.body.dataset.zone;
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", ...(timeZone ? { timeZone } : {}) }).format(at);
}

function words(count) {
  const { live, since } = state;
  if (live) return count ? `${count} WAITING` : "network ok";
  if (!document.querySelector("main.glass")) return `not live since ${siteTime(since)}`;
  return `OFFLINE ${count} WAITING${since ? `, not live since ${siteTime(since)}` : ""}`;
}

async function draw() {
  clearTimeout(timer);
  const count = document.querySelector("main.glass") ? (await waiting().catch(() => [])).length : 0;
  const row = document.getElementById("network");
  if (!row) return;
  row.dataset.state = !state.live ? "not answering" : count ? "check" : "ready";
  row.textContent = words(count);
  if (!state.live || count) timer = setTimeout(draw, LOOKS);
}

export function sayNetwork(live, since = null) {
  state = { live, since: live ? null : (state.since ?? since) };
  return draw();
}

// A second person signs one command: badge, then PIN.

import { badgeIn, given, heardBadges, keys } from "./badge.js";
import { listen, stationProfile } from "./scan.js";
import { clear, show, unlock } from "./verdict.js";

const form = document.getElementById("second");
const badge = document.getElementById("badge");
const pin = document.getElementById("pin");

function refuse(says) {
  show({ kind: "check", word: "CHECK", says });
}

function take(text) {
  unlock();
  const found = badgeIn(text);
  if (!found) return refuse("This is not a badge. The second person scans their own badge.");
  clear();
  return given(badge, found);
}

listen({ profile: stationProfile(), onScan: ({ data }) => take(data), onTrouble: ({ says }) => refuse(says) });
heardBadges(document.body.dataset.station, form.dataset.after, take, refuse);
keys(form, pin);
form.addEventListener("submit", (event) => {
  if (badge.value && pin.value) return;
  event.preventDefault();
  refuse(badge.value ? "Give the PIN." : "Scan the second person's badge first.");
});

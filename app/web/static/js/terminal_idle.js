// Signing in at a station: a badge by scan (or typed), a PIN by the keys or a keyboard.
import { listen, stationProfile } from "./scan.js";
import { heardBadges } from "./badge.js";
import { show, clear, unlock } from "./verdict.js";

const BADGE = /%VT-B-[0-9A-Z]{9}%/;
const TYPED = /^B-?[0-9A-Z]{4}-?[0-9A-Z]{4}-?[0-9A-Z]$/;
const form = document.getElementById("sign-in");
const badge = document.getElementById("badge");
const pin = document.getElementById("pin");
const typed = document.getElementById("typed");
const typedBadge = document.getElementById("typed-badge");

function draw() {
  for (const part of form.querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "badge") !== Boolean(badge.value);
  if (badge.value) {
    typed.hidden = true;
    pin.focus();
  }
}

function take(text) {
  clear();
  badge.value = text;
  pin.value = "";
  unlock();
  draw();
}

function scanned({ data }) {
  const found = BADGE.exec(data.toUpperCase())?.[0];
  if (found) return take(found);
  return refuse("This is not a badge. Scan your own badge to sign in.");
}

function refuse(says) {
  show({ kind: "check", word: "CHECK", says });
}

if (window.location.hash) window.history.replaceState(null, "", window.location.pathname);
listen({ profile: stationProfile(), onScan: scanned, onTrouble: ({ says }) => refuse(says) });
heardBadges(document.body.dataset.station, "", take, refuse); // from a scanner the server reads

pin.addEventListener("input", () => {
  // A badge scanned while the PIN field has the focus is a badge, not a PIN.
  const found = BADGE.exec(pin.value.toUpperCase())?.[0];
  if (found) take(found);
  else if (!pin.value.includes("%")) pin.value = pin.value.replace(/[^0-9]/g, "");
});

form.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (key === undefined) return;
  unlock();
  if (!badge.value) return refuse("Scan your badge first, then give your PIN.");
  pin.value = key === "clear" ? "" : pin.value + key;
});

form.addEventListener("submit", (event) => {
  if (badge.value && /^[0-9]+$/.test(pin.value)) return;
  event.preventDefault();
  if (!badge.value) refuse("Scan your badge first, then give your PIN.");
  else if (!pin.value.includes("%")) pin.focus();
});

document.getElementById("type-badge").addEventListener("click", () => {
  typed.hidden = false;
  form.querySelector(".badge-art").hidden = true;
  typedBadge.focus();
});
document.getElementById("other-badge").addEventListener("click", () => {
  badge.value = "";
  pin.value = "";
  draw();
});

function takeTyped() {
  const text = typedBadge.value.trim().toUpperCase();
  const whole = BADGE.exec(text)?.[0]; // as the symbol holds it
  if (whole) take(whole);
  else if (TYPED.test(text)) take(`%VT-${text.replaceAll("-", "").replace(/^B/, "B-")}%`);
  else refuse("A badge number looks like B-0000-0000-0 and stands below the code on the badge.");
}
document.getElementById("typed-done").addEventListener("click", takeTyped);
typedBadge.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  takeTyped();
});

draw();

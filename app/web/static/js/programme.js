// What a pump's screen shows: typed, or entered with typing cards by hands that touch nothing. A second person signs with badge and PIN.

import { badgeIn, given, heardBadges, keys } from "./badge.js";
import { listen, stationProfile } from "./scan.js";
import { clear, show, unlock } from "./verdict.js";

const CARD = /%VT-C-([A-Z][A-Z0-9-]*)%/;
const form = document.querySelector("form.programme");
const rows = [...form.querySelectorAll("[data-asked]")];
const badge = document.getElementById("badge");
const pin = document.getElementById("pin");
let now = 0;

const check = (says) => show({ kind: "check", word: "CHECK", says });
const field = () => rows[now].querySelector("input");

function stand(at) {
  now = Math.max(0, Math.min(at, rows.length));
  rows.forEach((row, place) => row.classList.toggle("asked-now", place === now));
}

const TYPES = { POINT: ".", DASH: "-" };

// One more character; of the lock 1 or 0.
function type(character) {
  if (now === rows.length) return check(pin ? "All is entered. The second person scans their badge." : "All is entered. NEXT compares it.");
  const row = rows[now];
  if (row.dataset.asked === "locked") {
    if (character !== "0" && character !== "1") return check("1 for locked, 0 for not locked.");
    field().checked = character === "1";
    row.dataset.said = "yes";
  } else {
    field().value += character;
  }
  return clear();
}

function next() {
  clear();
  if (now === rows.length) return pin ? check("The second person scans their badge.") : form.requestSubmit();
  const row = rows[now];
  if (row.dataset.asked === "locked" ? row.dataset.said !== "yes" : !field().value.trim()) return check("Enter what the screen shows first.");
  stand(now + 1);
  if (now === rows.length) return pin ? check("All is entered. The second person scans their badge.") : form.requestSubmit();
  return undefined;
}

// Empties what is asked for now; where it is empty, asks for the one before it again.
function back() {
  clear();
  if (now === rows.length || !(field().value && rows[now].dataset.asked !== "locked")) stand(now - 1);
  if (rows[now].dataset.asked === "locked") delete rows[now].dataset.said;
  else field().value = "";
}

function card(word) {
  unlock();
  if (word === "NEXT") return next();
  if (word === "BACK") return back();
  const character = TYPES[word] ?? /^(?:N([0-9])|L([A-Z]))$/.exec(word)?.slice(1).find(Boolean);
  return character ? type(character) : check("Here count the typing cards, NEXT and BACK.");
}

function take(text) {
  unlock();
  const found = badgeIn(text);
  if (!found) return check("That is neither a typing card nor a badge.");
  if (!pin) return check("No badge is asked for here.");
  clear();
  return given(badge, found);
}

function scanned(data) {
  const word = CARD.exec(data.toUpperCase())?.[1];
  return word ? card(word) : take(data);
}

rows.forEach((row, at) => row.addEventListener("focusin", () => stand(at)));
form.querySelector('[data-asked="locked"] input')?.addEventListener("change", (event) => {
  event.target.closest("[data-asked]").dataset.said = "yes";
});
listen({ profile: stationProfile(), onScan: ({ data }) => scanned(data), onTrouble: ({ says }) => check(says) });
heardBadges(document.body.dataset.station, form.dataset.after, take, check, card);
if (pin) {
  keys(form, pin);
  form.addEventListener("submit", (event) => {
    if (badge.value && pin.value) return;
    event.preventDefault();
    check(badge.value ? "Give the PIN." : "Scan the second person's badge first.");
  });
}
stand(0);

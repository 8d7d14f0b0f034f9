// One review: what must be looked at before A works, the claim of three minutes, and whether the page still shows what is so.
import { desk } from "./desk_keys.js";
import { photos } from "./photos.js";
import { poll } from "./poll.js";
import { dialogs, openDialog } from "./signing.js";

const page = document.getElementById("review");
const approve = document.getElementById("approve");
const why = document.getElementById("why");
const news = document.getElementById("news");
const token = document.querySelector('meta[name="csrf-token"]').content;
const USED = 120000; // ms without a key or the mouse after which the claim is no longer renewed
const LIMIT = 10000; // ms that the claim may take
const RENEW = 45000;
let stale = "";
let used = performance.now();

const ticked = () => [...document.querySelectorAll("[data-accepts]:checked")].map((box) => box.dataset.accepts);
// A call that is answered or a hold that is lifted draws the page anew: what this person has seen of it, by its bytes, stays seen.
const CARRIED = "seen-photos";

function carried() {
  const kept = JSON.parse(sessionStorage.getItem(CARRIED) ?? "{}");
  sessionStorage.removeItem(CARRIED);
  return kept.of === page.dataset.preparation && kept.who === page.dataset.who ? kept.seen : [];
}

function carry() {
  const kept = { of: page.dataset.preparation, who: page.dataset.who, seen: wall.seen() };
  sessionStorage.setItem(CARRIED, JSON.stringify(kept));
}

let wall = null;
wall = photos({ seen: carried(), onSeen: () => wall && judge() });

function spoken(numbers) {
  return numbers.length === 1 ? `photo ${numbers[0]}` : `photos ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
}

function obstacle() {
  if (stale) return stale;
  const missing = wall.missing();
  const broken = missing.filter((one) => one.broken).map((one) => one.number);
  if (broken.length) return `${spoken(broken)} cannot be shown`;
  if (missing.length) return `${spoken(missing.map((one) => one.number))} not seen yet`;
  const left = document.querySelectorAll("[data-accepts]:not(:checked)").length;
  return left ? `${left} typed ${left === 1 ? "code" : "codes"} not ticked yet` : "";
}

function judge() {
  document.getElementById("seen-count").textContent = wall.all ? `seen ${wall.all - wall.missing().length} of ${wall.all}` : "";
  if (!approve) return;
  const says = obstacle();
  approve.disabled = says !== "";
  why.textContent = says;
}

function say(text) {
  const again = document.createElement("a");
  again.href = window.location.pathname;
  again.textContent = "Load it again";
  news.replaceChildren(`${text} `, again);
  news.hidden = false;
}

function hear({ version, holder, news: titles }) {
  if (version !== Number(page.dataset.version)) {
    stale = "changed since you looked";
    say(`CHANGED SINCE YOU LOOKED: ${titles.join("; ")}.`);
  } else if (holder && !("taken" in page.dataset)) {
    stale = `${holder} has it`;
    say(`${holder} has it now.`);
  } else if (!holder && "taken" in page.dataset) {
    say("It is free again.");
  }
  judge();
}

async function claim() {
  if ("lookOnly" in page.dataset || "taken" in page.dataset || document.hidden) return;
  if (performance.now() - used > USED) return;
  const how = { method: "POST", headers: { "X-CSRFToken": token, Accept: "application/json" }, signal: AbortSignal.timeout(LIMIT) };
  const answer = await fetch(page.dataset.claim, how).catch(() => null);
  if (!answer?.ok) return;
  const { mine, holder } = await answer.json();
  if (!mine) hear({ version: Number(page.dataset.version), holder, news: [] });
}

function leave() {
  if ("lookOnly" in page.dataset || "taken" in page.dataset) return;
  const form = new FormData();
  form.set("csrf_token", token);
  navigator.sendBeacon(page.dataset.leave, form);
}

const press = (id) => () => {
  const button = document.getElementById(id);
  if (button && !button.disabled) {
    if (wall.isOpen()) wall.close();
    openDialog(button.dataset.open);
  }
};

const keys = { a: press("approve"), r: press("reject"), h: press("hold"), m: press("message"), z: () => wall.zoom(), p: () => wall.unseen(), n: () => window.location.assign(page.dataset.next) };
for (let digit = 1; digit <= 9; digit += 1) keys[digit] = () => wall.open(digit);

desk(keys, () => {
  if (wall.isOpen()) wall.close();
  else window.location.assign(page.dataset.queue);
});
for (const form of document.querySelectorAll("form[data-stays]")) form.addEventListener("submit", carry);
dialogs({ seen: () => wall.seen(), accepts: ticked });
for (const button of document.querySelectorAll("[data-photo]")) button.addEventListener("click", () => wall.open(Number(button.dataset.photo)));
for (const box of document.querySelectorAll("[data-accepts]")) box.addEventListener("change", judge);
for (const kind of ["keydown", "pointermove", "pointerdown", "wheel"]) window.addEventListener(kind, () => { used = performance.now(); }, { passive: true, capture: true });
window.addEventListener("pagehide", leave);
window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
judge();
claim();
setInterval(claim, RENEW);
poll(page.dataset.state, { every: 2000, onChange: hear });

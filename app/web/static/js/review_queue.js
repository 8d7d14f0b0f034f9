// The queue: asks every two seconds, ticks the minutes, moves by J and K, opens by N and Enter.
import { desk } from "./desk_keys.js";
import { poll } from "./poll.js";

const table = document.getElementById("queue");
const body = document.getElementById("rows");
const nothing = document.getElementById("nothing");
const count = document.getElementById("count");
const others = document.getElementById("elsewhere");
const LATE = 5; // minutes unopened
const skew = Date.parse(table.dataset.now) - performance.now(); // the server's clock counts, not this computer's
let chosen = null; // preparation id of the selected line

const lines = () => [...body.querySelectorAll("tr[data-preparation]")];

function mark() {
  const all = lines();
  if (!all.some((line) => line.dataset.preparation === chosen)) chosen = all[0]?.dataset.preparation ?? null;
  for (const line of all) line.setAttribute("aria-selected", String(line.dataset.preparation === chosen));
}

function move(by) {
  const all = lines();
  if (all.length === 0) return;
  const at = all.findIndex((line) => line.dataset.preparation === chosen);
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  chosen = next.dataset.preparation;
  mark();
  next.querySelector("a").focus();
  next.scrollIntoView({ block: "nearest" });
}

function tick() {
  let longest = 0;
  for (const cell of body.querySelectorAll("[data-since]")) {
    const minutes = Math.max(0, Math.floor((skew + performance.now() - Date.parse(cell.dataset.since)) / 60000));
    const late = minutes >= LATE && !("opened" in cell.dataset);
    longest = Math.max(longest, minutes);
    const text = `${minutes} min${late ? " !" : ""}`;
    if (cell.textContent !== text) cell.textContent = text;
    cell.classList.toggle("chip", late);
    cell.classList.toggle("check", late);
  }
  const waiting = lines().length;
  const says = `${waiting} waiting${waiting ? `, longest ${longest} min` : ""}`;
  if (count.textContent !== says) count.textContent = says;
}

function draw({ html, elsewhere }) {
  others.hidden = !elsewhere;
  others.textContent = elsewhere;
  const held = body.contains(document.activeElement);
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  body.replaceChildren(fresh.content);
  const empty = lines().length === 0;
  table.hidden = empty;
  nothing.hidden = !empty;
  mark();
  tick();
  if (held) body.querySelector('tr[aria-selected="true"] a')?.focus();
}

mark();
tick();
setInterval(tick, 5000);
poll(table.dataset.rows, { every: 2000, onChange: draw });
desk({
  n: () => window.location.assign(table.dataset.next),
  j: () => move(1),
  k: () => move(-1),
});
window.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && document.activeElement === document.body) {
    const line = body.querySelector('tr[aria-selected="true"]');
    if (line) window.location.assign(line.dataset.href);
  }
});
body.addEventListener("click", (event) => {
  const line = event.target.closest("tr[data-href]");
  if (line && !event.target.closest("a")) window.location.assign(line.dataset.href);
});

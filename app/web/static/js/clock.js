// The clocks of a screen: minutes of the gloves, minutes waited, the time of day. Counted from the server's own time.

const AMBER = 5; // minutes left on the gloves
const LATE = 5; // minutes waited before a waiting screen turns amber

let zero = performance.now();
let server = Date.now();

const now = () => server + performance.now() - zero;
const minutes = (ms) => Math.floor(ms / 60000);

export function setClock(iso) {
  zero = performance.now();
  server = Date.parse(iso);
}

// What is worn, and for how many minutes more; a gown's hours are said as hours until the last two.
function worn(name, until) {
  const row = document.getElementById(name);
  if (!row) return;
  row.hidden = !until;
  if (!until) return;
  const left = minutes(Date.parse(until) - now());
  const said = left < 120 ? `${left} min` : `${Math.floor(left / 60)} h`;
  row.dataset.state = left < 0 ? "off" : left < AMBER ? "check" : "ready";
  row.textContent = left < 0 ? `change ${name}` : `${name} ${said} left`;
}

function waited(since) {
  const place = document.querySelector("[data-waited]");
  if (!place || !since) return;
  const gone = minutes(now() - Date.parse(since));
  place.textContent = gone < 1 ? "since just now" : `for ${gone} min`;
  place.dataset.late = gone >= LATE ? "yes" : "no";
}

function timeOfDay() {
  const row = document.getElementById("clock");
  const zone = document.body.dataset.zone;
  if (row && zone) row.textContent = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(now());
}

export function tick(screen) {
  worn("gloves", screen.gloves_until);
  worn("gown", screen.gown_until);
  waited(screen.since);
  timeOfDay();
}

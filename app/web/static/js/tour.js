// The demo's tour: one stop at a time, remembered by this browser; ended, it never comes back.

const KEY = "vialtrace-tour";
const ENDED = "ended";
const tour = document.getElementById("tour");
const stops = [...tour.querySelectorAll("li")];

function remembered() {
  try {
    return localStorage.getItem(KEY) ?? "0";
  } catch {
    return ENDED; // what cannot be remembered would come back on every page
  }
}

function show(number) {
  stops.forEach((stop, at) => { stop.hidden = at !== number; });
  tour.querySelector("[data-place]").textContent = `Tour of the demo, ${number + 1} of ${stops.length}`;
  tour.querySelector('[data-turn="-1"]').disabled = number === 0;
  tour.querySelector('[data-turn="1"]').disabled = number === stops.length - 1;
  localStorage.setItem(KEY, String(number));
}

function turn(by) {
  show(Math.min(Math.max(Number(remembered()) + by, 0), stops.length - 1));
}

function end() {
  localStorage.setItem(KEY, ENDED);
  tour.hidden = true;
  document.getElementById("main").focus();
}

if (remembered() !== ENDED) {
  const before = Number(remembered()) || 0;
  const arrived = stops[before + 1]?.dataset.at === window.location.pathname;
  const signedIn = before === 0 && window.location.pathname !== stops[0].dataset.at;
  show(arrived || signedIn ? before + 1 : before);
  tour.hidden = false;
  for (const button of tour.querySelectorAll("[data-turn]")) button.addEventListener("click", () => turn(Number(button.dataset.turn)));
  tour.querySelector("[data-end]").addEventListener("click", end);
}

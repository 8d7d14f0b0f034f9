"use strict";
const at = (id) => document.getElementById(id);
const make = (tag, attributes = {}, ...inside) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...inside);
  return element;
};
const grouped = (list) => list.reduce((groups, entry) => groups.set(entry.group || "Others", [...(groups.get(entry.group || "Others") || []), entry]), new Map());
const shown = (text) => text.replace(/\r\n$/, "").replace(/[\x00-\x1f\x7f-\xff]/g, (c) => ({ "\r": "\\r", "\n": "\\n" })[c] || "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0"));
const real = (text) => text.replace(/\\x([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));

let now = null;
let offered = null;
let revision = 0; // of the presets that are drawn
let chosen = ""; // the set of things that is shown
let silence = 0;

function say(words, bad = false) {
  at("message").textContent = words;
  at("message").classList.toggle("bad", bad);
  clearTimeout(silence);
  silence = setTimeout(() => { at("message").textContent = ""; }, 6000);
}

async function act(path, body, words) {
  try {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const told = await answer.json();
    if (!answer.ok) { say(told.error, true); return; }
    draw(told);
    if (told.heard === false) say("Nobody is connected to the scanner: the scan is lost.", true);
    else if (words) say(words);
  } catch { say("The station does not answer: is it still running?", true); }
}

function drawDisplay(state) {
  const d = state.display;
  const wrong = { over: "OVER", under: "UNDER", off: "" }[d.state];
  at("value").textContent = d.text || (wrong ?? d.value.replace("-", "−")) || "\u00a0";
  at("unit").textContent = d.text || wrong !== undefined ? "" : d.unit;
  at("screen").className = "screen" + (d.state === "ok" ? (d.stable ? "" : " moving") : d.state === "off" ? " off" : " wrong");
  at("flag").textContent = d.state !== "ok" ? { over: "▲ overload", under: "▼ underload", off: "starting…" }[d.state] : d.stable ? "● stable" : "○ moving";
  at("under").textContent = Number(d.tare) ? `Net · tare ${d.tare} ${d.unit}` : "";
  at("model").textContent = state.model;
  at("serial").textContent = state.serial;
}

function drawPlugs(state) {
  for (const button of document.querySelectorAll(".plug")) {
    const device = button.dataset.device, plug = state.plugs[device];
    const what = device[0].toUpperCase() + device.slice(1);
    button.className = "plug" + (plug.in ? "" : " out");
    const key = `${plug.in} ${plug.host}`;
    if (button.dataset.shows === key) continue;
    button.dataset.shows = key;
    button.replaceChildren(make("i", {}, plug.in ? "pull the plug" : "plug it in"), make("b", {}, what), plug.in ? (plug.host ? " · in use" : " · waiting") : " · UNPLUGGED", make("small", {}, plug.url));
  }
  at("airflow").setAttribute("aria-pressed", state.airflow);
  at("airflow").textContent = state.airflow ? "Airflow on" : "Airflow off";
  at("pan").setAttribute("aria-pressed", state.pan_lifted);
  at("pan").textContent = state.pan_lifted ? "Pan is off" : "Lift the pan";
}

function drawPan(state) {
  const names = state.items.map((item) => item.name);
  for (const thing of document.querySelectorAll(".thing")) thing.classList.toggle("on", names.includes(thing.dataset.name));
  const key = JSON.stringify(state.items);
  if (at("lying").dataset.key === key) return;
  at("lying").dataset.key = key;
  at("lying").replaceChildren(...(state.items.length
    ? [...state.items.map((item) => make("button", { class: "chip", title: "take it off", onclick: () => act("/load", { how: "remove", name: item.name }) }, `${item.name} · ${item.g} g  ✕`)),
       make("button", { class: "chip clear", onclick: () => act("/load", { how: "clear" }, "The pan is empty.") }, "Clear the pan")]
    : ["The pan is empty."]));
}

function drawPrinter(state) {
  if (at("labels").dataset.count === String(state.labels)) return;
  at("labels").dataset.count = state.labels;
  at("labels").textContent = state.labels ? `Labels that came out: ${state.labels}. This is the last one.` : "No label has come out yet.";
  at("label").hidden = !state.labels;
  if (state.labels) at("label").src = `/label.png?${state.labels}`;
}

function drawTrouble(state) {
  for (const fault of document.querySelectorAll(".fault")) fault.classList.toggle("armed", state.faults.includes(fault.dataset.code));
  at("going").replaceChildren(...(state.faults.length
    ? [`Armed or going on: ${[...new Set(state.faults)].join(", ")}`, make("button", { onclick: () => act("/fault", { clear: true }, "Everything works again.") }, "End all faults")]
    : ["Everything works."]));
  for (const button of at("speeds").children) button.setAttribute("aria-pressed", Number(button.dataset.factor) === state.speed);
  at("scans").replaceChildren(...state.scans.slice().reverse().map((data) => make("li", {}, shown(data))));
  at("wire").replaceChildren(...state.wire.slice().reverse().map(([way, data]) => make("li", { class: way === ">>" ? "host" : "" }, `${way} ${shown(data)}`)));
}

function draw(state) {
  now = state;
  at("station").textContent = state.station;
  document.title = `Bench ${state.station}`;
  drawDisplay(state); drawPlugs(state); drawPan(state); drawCamera(state); drawPrinter(state); drawTrouble(state);
}

function weightButton(weight) {
  const main = make("button", { class: "main", onclick: () => {
    const lies = now.items.some((item) => item.name === weight.name);
    act("/load", lies ? { how: "remove", name: weight.name } : { g: weight.g, name: weight.name }, lies ? `${weight.name} is off the pan.` : `${weight.name} lies on the pan.`);
  } }, make("b", {}, weight.name), make("span", {}, `${weight.g} g`), make("small", {}, weight.hint));
  const more = make("button", { class: "more", title: `add ${weight.name} to what lies there`, "aria-label": `add ${weight.name}`, onclick: () => act("/load", { g: weight.g, name: weight.name, how: "add" }) }, "+");
  return make("div", { class: "thing", "data-name": weight.name }, main, more);
}

function codeButton(code) {
  return make("button", { class: "code", title: shown(code.data), onclick: () => act("/scan", { data: code.data }, `Scanned: ${code.name}.`) }, make("b", {}, code.name), make("small", {}, code.hint));
}

function faultButton(fault) {
  return make("button", { class: "fault", "data-code": fault.code, onclick: () => act("/fault", { code: fault.code }, `${fault.code}: ${fault.says}`) }, make("b", {}, fault.code), fault.says);
}

function drawGroups(id, list, button) {
  at(id).replaceChildren(...[...grouped(list)].flatMap(([group, entries]) => [make("h3", {}, group), make("div", { class: entries.every((entry) => entry.name.length <= 8) ? "grid short" : "grid" }, ...entries.map(button))]));
}

function shotButton(shot) {
  return make("button", { class: "code shot", "data-name": shot.name, onclick: () => act("/camera", { shot: shot.name }, `Before the camera: ${shot.name}.`) }, make("b", {}, shot.name));
}

function drawCamera(state) {
  for (const button of document.querySelectorAll(".shot")) button.classList.toggle("on", button.dataset.name === state.camera.shows);
  for (const button of at("variants").children) button.setAttribute("aria-pressed", button.textContent === state.camera.variant);
  const key = `${state.camera.shows} ${state.camera.variant} ${state.plugs.camera.in}`;
  if (at("seen").dataset.shows === key) return;
  at("seen").dataset.shows = key;
  at("seen").hidden = !state.plugs.camera.in;
  if (state.plugs.camera.in) at("seen").src = `/still.jpg?${encodeURIComponent(key)}`;
}

function drawPictures(pictures) {
  at("pictures-card").hidden = !pictures.length;
  at("pictures").replaceChildren(...pictures.map((picture, n) => {
    const url = `/picture?n=${n}&variant=sharp`;
    return make("a", { href: url, download: `${picture.name.replaceAll(" ", "-").toLowerCase()}.jpg` }, make("img", { src: url, alt: picture.name, loading: "lazy" }), make("span", {}, picture.name));
  }));
}

// Of several sets (one for each order) one is shown at a time; what belongs to none is always there.
function drawOffered() {
  const sets = [...new Set([...offered.weights, ...offered.codes].map((entry) => entry.set).filter(Boolean))];
  if (!sets.includes(chosen)) chosen = sets[0] ?? "";
  const mine = (list) => list.filter((entry) => !entry.set || entry.set === chosen);
  at("title").textContent = offered.title;
  at("mark").textContent = offered.mark;
  at("mark").hidden = !offered.mark;
  at("sets").hidden = sets.length < 2;
  at("sets").replaceChildren(...sets.map((set) => make("button", { "aria-pressed": set === chosen, onclick: () => { chosen = set; drawOffered(); } }, set)));
  drawGroups("weights", mine(offered.weights), weightButton);
  drawGroups("codes", mine(offered.codes), codeButton);
  at("shots").replaceChildren(...mine(offered.shots).map(shotButton));
  at("variants").replaceChildren(...offered.variants.map((variant) => make("button", { onclick: () => act("/camera", { variant }, `Pictures are ${variant} now.`) }, variant)));
  at("printer-fails").replaceChildren(...offered.printer.map((what) => make("button", { onclick: () => act("/fault", { code: "F39", what }, `The label printer: ${what}.`) }, what)));
  at("faults").replaceChildren(...offered.faults.map(faultButton));
  if (now) draw(now);
}

at("free-load").addEventListener("submit", (event) => {
  event.preventDefault();
  const how = event.submitter?.dataset.how || "only";
  act("/load", { g: at("grams").value.trim(), name: "free mass", how }, `${at("grams").value.trim()} g on the pan.`);
});
at("free-scan").addEventListener("submit", (event) => { event.preventDefault(); act("/scan", { data: real(at("data").value) }, "Scanned."); });
for (const button of document.querySelectorAll("[data-key]:not(.lying)")) button.addEventListener("click", () => act("/key", { key: button.dataset.key }));
for (const button of document.querySelectorAll(".plug")) button.addEventListener("click", () => act("/plug", { device: button.dataset.device, in: !now.plugs[button.dataset.device].in }));
at("airflow").addEventListener("click", () => act("/airflow", { on: !now.airflow }));
at("pan").addEventListener("click", () => act("/pan", { lifted: !now.pan_lifted }));
at("rename").addEventListener("click", () => { const serial = prompt("Serial number this balance gives", now.serial); if (serial) act("/serial", { serial }); });
for (const factor of [0.5, 1, 2, 5, 20]) at("speeds").append(make("button", { "data-factor": factor, onclick: () => act("/speed", { factor }) }, `× ${factor}`));

async function offer() {
  offered = await (await fetch("/presets")).json();
  drawOffered();
  if (at("pictures-card").open) drawPictures(offered.pictures);
}
at("pictures-card").addEventListener("toggle", () => { if (at("pictures-card").open) drawPictures(offered.pictures); });

async function look() {
  try {
    const state = await (await fetch("/state")).json();
    if (state.presets !== revision) {
      revision = state.presets;
      await offer();
    }
    draw(state);
  } catch { say("The station does not answer: is it still running?", true); }
  setTimeout(look, 200);
}
look();

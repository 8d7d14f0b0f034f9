// Verdicts: word, shape, colour and tone together. Nothing here judges; it shows what the server has judged and stored.
//
//   show({kind: "right" | "wrong" | "check" | "waiting", word, says, act, note, answers: [{label, far, press}]})
//   clear()   strip({kind, word, says})   unlock() once a person has touched or scanned something

const NOTES = {
  right: { shape: "sine", notes: [[880, 0, 80], [1320, 80, 80]] },
  wrong: { shape: "sawtooth", notes: [[220, 0, 300], [220, 380, 300]] },
  check: { shape: "triangle", notes: [[660, 0, 100], [660, 180, 100], [660, 360, 100]] },
};
const BANNER = 1000; // ms that RIGHT keeps a third of the screen
const COUNTS_FROM = 3; // seconds after which WAITING counts

window.__tones = window.__tones ?? [];
let audio = null;
let timer = 0;

function context() {
  if (audio === null && typeof AudioContext !== "undefined") {
    audio = new AudioContext();
    audio.addEventListener("statechange", showSound);
  }
  return audio;
}

function showSound() {
  const row = document.getElementById("sound");
  if (!row) return;
  const on = audio !== null && audio.state === "running";
  row.hidden = on;
  row.textContent = on ? "" : "SOUND OFF";
  row.dataset.state = on ? "ready" : "off";
}

export async function unlock() {
  try {
    await context()?.resume();
  } finally {
    showSound();
  }
}

export function tone(kind) {
  const sound = NOTES[kind];
  if (!sound) return;
  window.__tones.push({ kind, at: performance.now() });
  const player = context();
  showSound();
  if (!player || player.state !== "running") return;
  for (const [pitch, from, length] of sound.notes) {
    const start = player.currentTime + from / 1000;
    const stop = start + length / 1000;
    const source = player.createOscillator();
    const loudness = player.createGain();
    source.type = sound.shape;
    source.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(0.5, start + 0.008);
    loudness.gain.setValueAtTime(0.5, stop - 0.012);
    loudness.gain.linearRampToValueAtTime(0, stop);
    source.connect(loudness).connect(player.destination);
    source.start(start);
    source.stop(stop);
  }
}

function icon(kind) {
  const drawn = document.getElementById("verdict-icons")?.content.querySelector(`[data-kind="${kind}"] svg`);
  return drawn ? drawn.cloneNode(true) : document.createElement("span");
}

function words(tag, name, text) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

function answer({ label, far = false, press }) {
  const button = words("button", far ? "press far" : "press", label);
  button.type = "button";
  button.addEventListener("click", press);
  return button;
}

function banner({ kind, word, says = "", act = "", note = "" }) {
  const box = document.createElement("div");
  box.className = "banner";
  const text = document.createElement("div");
  text.append(words("p", "word", word));
  if (says) text.append(words("p", "says", says));
  if (act) {
    const line = words("p", "do", ` ${act}`);
    line.prepend(words("b", "", "DO THIS"));
    text.append(line);
  }
  if (note) text.append(words("p", "note", note));
  box.append(icon(kind), text);
  return box;
}

export function strip({ kind, word, says = "" }) {
  const row = document.getElementById("strip");
  const last = row?.querySelector(".last");
  if (!last) return;
  row.dataset.verdict = kind;
  row.querySelector(".icon")?.remove();
  row.prepend(icon(kind));
  last.replaceChildren(words("b", "", word), ` ${says}`);
}

// What lies under a red screen can be neither pressed nor reached by keys; under a banner the same holds for the buttons.
function cover(kind) {
  document.querySelector("main.glass")?.toggleAttribute("inert", kind === "wrong");
  for (const row of document.querySelectorAll(".glass .actions")) row.toggleAttribute("inert", kind !== undefined);
}

// A banner that nothing else takes away has a button that does.
function answersOf({ kind, answers = [] }) {
  return kind === "check" && !answers.length ? [{ label: "OK", press: clear }] : answers;
}

export function clear() {
  clearTimeout(timer);
  const place = document.getElementById("verdict");
  if (!place) return;
  delete place.dataset.verdict;
  cover();
  place.replaceChildren();
}

export function show(verdict) {
  const place = document.getElementById("verdict");
  clearTimeout(timer);
  place.dataset.verdict = verdict.kind;
  cover(verdict.kind);
  place.replaceChildren(banner(verdict));
  const answers = answersOf(verdict);
  if (answers.length) {
    const row = document.createElement("div");
    row.className = "answers";
    row.append(...answers.map(answer));
    place.append(row);
  }
  tone(verdict.kind);
  if (verdict.kind === "right") settle(verdict);
  if (verdict.kind === "waiting") count(place, verdict.word, performance.now());
}

function settle(verdict) {
  strip(verdict);
  timer = setTimeout(clear, BANNER);
}

function count(place, word, since) {
  timer = setTimeout(() => {
    const seconds = Math.floor((performance.now() - since) / 1000);
    const line = place.querySelector(".word");
    if (line && seconds >= COUNTS_FROM) line.textContent = `${word} ${seconds} s`;
    count(place, word, since);
  }, 1000);
}

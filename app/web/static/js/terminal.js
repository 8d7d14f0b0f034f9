// A preparation at a station: scans, weights, photos and confirmations go to the server; what it answers is shown.

import * as camera from "./camera.js";
import { setClock, tick } from "./clock.js";
import { counting } from "./counting.js";
import { drop, waiting } from "./kept.js";
import { sayNetwork } from "./network.js";
import { poll } from "./poll.js";
import { PERHAPS, post, trouble } from "./post.js";
import { route } from "./route.js";
import { listen, stationProfile } from "./scan.js";
import { sightOf } from "./sight.js";
import { clear, show, tone, unlock } from "./verdict.js";
import { drawDevices, drawWeight } from "./weighing.js";

const NO_CAMERA = "NO CAMERA";
const COUNTING = ["digit", "counted"]; // what is done with the number on the glass
const AFTER_VERDICT = 900; // ms until a message's tone, where a verdict's is heard first
const LIMIT = 10000; // ms that a screen drawn anew may take
const TOGETHER = 30000; // ms within which both codes of one container are scanned
const glass = document.getElementById("glass");
const base = window.location.pathname;
let screen = JSON.parse(document.getElementById("screen").textContent);
let after = screen.heard;
let sending = false;
let leaving = false;
let tried = false; // the load on the pan was asked for already
let kept = false; // something waits in the browser to be sent
let half = null; // fields of the scan just before, and when: its code waits for the one beside it
let told = ""; // the balance's trouble that is on the glass
let polling = null; // asks for what is live
const queue = [];
const sight = sightOf(() => polling.now());

const fields = (more) => ({ command_id: screen.command_id, expected_version: screen.version, ...more });
const entry = (path, given, evidence, files) => ({
  id: screen.command_id, url: `${base}/${path}`, person: screen.person, fields: given, evidence, files,
});

// One thing is judged at a time, one may wait, a third hears so. What is kept goes first; while it cannot, nothing else does.
async function send(make) {
  if (kept) await resend();
  if (kept) {
    show({ kind: "waiting", word: "WAITING for the network", says: "What is kept here goes first. Do this once more when the server answers." });
    return;
  }
  if (queue.length >= 2) {
    show({ kind: "check", word: "CHECK", says: "Too fast. Wait for the answer, then scan the next one." });
    return;
  }
  queue.push(make);
  if (queue.length === 1) work();
}

async function work() {
  sending = true;
  try {
    while (queue.length && !leaving) {
      const made = await queue[0]();
      if (made) await deliver(made);
      queue.shift();
    }
  } finally {
    queue.length = 0;
    sending = false;
  }
}

async function deliver(one) {
  const answer = await post(one);
  if (answer.gone) leaving = true;
  else if (answer.lost) lost(one);
  else take(answer, one);
}

function lost(one) {
  kept = kept || one.evidence;
  polling?.lost();
  const says = one.evidence ? "Kept here, and sent as soon as the server answers." : PERHAPS;
  const answers = one.evidence ? [] : [{ label: "BACK TO THE STEP", press: clear }];
  show({ kind: "waiting", word: "WAITING for the network", says, answers });
}

function take(answer, one) {
  const { body } = answer;
  half = null;
  const [what, value] = (body.client ?? "").split(" ");
  if (body.html && !COUNTING.includes(what)) draw(body); // the digits stay on the glass
  if (body.verdict) tell(body.verdict);
  else if (body.error) unsaved(answer, one);
  else clear();
  if (body.go) go(body.go);
  if (what) CLIENT[what](what === "digit" ? value : one);
}

// Nothing was stored: the glass stays covered until the very same thing was sent again, or another scan was taken.
function unsaved(answer, one) {
  const again = () => {
    clear();
    send(() => one);
  };
  show({ ...trouble(answer), answers: [answer.status >= 500 ? { label: "TRY AGAIN", press: again } : { label: "BACK TO THE STEP", press: clear }] });
}

const tell = (said) => show({ ...said, answers: (said.answers ?? []).map(button) });

function button({ label, word, call }) {
  return { label, far: call, press: () => (word === "BACK" ? clear() : press(word)) };
}

const go = (where) => {
  leaving = true;
  window.location.assign(where);
};

const CLIENT = {
  clear,
  capture: () => send(still),
  retake,
  half: ({ fields: scan }) => {
    half = { ...scan, at: performance.now() };
  },
  weigh: () => send(() => entry("weigh", fields({ slot: screen.slot }), false)),
  leave,
  digit: (one) => counts.digit(one),
  counted: () => counts.done() || show({ kind: "check", word: "CHECK", says: "Enter how many you counted, then NEXT." }),
};

function retake() {
  clear();
  view();
}

async function leave() {
  if ((await waiting()).length) {
    show({ kind: "check", word: "CHECK", says: "Something still waits to be sent. Stay until the network is back." });
    return;
  }
  document.getElementById("leave").requestSubmit();
}

function press(word) {
  if (word === "CAPTURE") return send(still);
  return send(() => entry("do", fields({ word }), word === "NEXT"));
}

async function still() {
  const finder = document.getElementById("finder");
  const taken = finder ? await camera.capture(finder) : null;
  if (!taken) {
    const missing = camera.trouble();
    if (missing) cameraChanged(missing, "");
    else show({ kind: "check", word: "CHECK", says: "The camera shows nothing yet. Look at its cable, then CAPTURE again." });
    return null;
  }
  const files = [["still", taken.still], ...taken.probes.map((one) => ["probe", one])];
  return entry("photo", fields({ slot: screen.slot, camera: taken.label }), true, files);
}

function scanned(scan) {
  unlock();
  send(() => entry("scan", route(scan, screen, half && performance.now() - half.at < TOGETHER ? half : null), true));
}

// ---- drawing

function draw(body) {
  const { kind, note } = screen;
  const finder = document.getElementById("finder");
  screen = body.screen;
  glass.innerHTML = body.html;
  polling?.forget();
  if (finder && kind === "photo" && screen.kind === "photo") document.getElementById("finder").replaceWith(finder);
  begin(kind);
  if (screen.note && screen.note.id !== note?.id) setTimeout(tone, body.verdict ? AFTER_VERDICT : 0, "check");
}

function begin(before) {
  setClock(screen.at);
  tick(screen);
  document.body.dataset.slot = screen.slot || screen.kind;
  document.body.dataset.version = screen.version;
  if (before === "photo" && screen.kind !== "photo") camera.close();
  sight.on(screen.kind === "scan");
  if (screen.kind === "photo" && before !== "photo") view();
}

const view = () => camera.open(document.getElementById("finder"), cameraChanged);

function cameraChanged(says, act) {
  if (says) tell({ kind: "check", word: NO_CAMERA, says, act });
  else if (document.querySelector("#verdict .word")?.textContent === NO_CAMERA) clear();
}

// The preparation changed elsewhere: in turn with everything else, and what is on the glass stays unless there is news.
function redraw() {
  queue.push(async () => {
    const headers = { Accept: "application/json, text/html;q=0.5" };
    const answer = await fetch(`${base}?since=${screen.version}`, { cache: "no-store", headers, signal: AbortSignal.timeout(LIMIT) }).catch(() => null);
    if (answer?.ok) {
      const body = await answer.json();
      draw(body);
      if (body.verdict) tell(body.verdict);
    }
    return null;
  });
  work();
}

function live(now) {
  if (leaving) return;
  drawDevices(now.devices);
  drawWeight(now);
  for (const one of now.heard) {
    after = one.id;
    scanned({ heard: one.id });
  }
  balanceTrouble(now);
  if (!now.ready) tried = false;
  if (sending) return;
  if (now.version !== screen.version || gateMoved(now) || now.note !== (screen.note?.id ?? "")) redraw();
  else if (now.ready && !tried) {
    tried = true;
    CLIENT.weigh();
  }
}

// The day's check of the balance ended, or was done, while this screen stood.
const gateMoved = (now) => screen.kind === (now.unchecked ? "weigh" : "scale");

function balanceTrouble(now) {
  if (now.trouble === told) return;
  const before = told;
  told = now.trouble;
  if (told) tell({ ...balanceVerdict(now), word: now.trouble_word, says: told });
  else if (before && document.getElementById("verdict").dataset.verdict === "waiting") clear();
}

function balanceVerdict(now) {
  const waits = !["READINGS VOID", "WRONG BALANCE"].includes(now.trouble_word);
  return waits ? { kind: "waiting" } : { kind: "wrong", answers: [{ label: "BACK TO THE STEP", word: "BACK" }, { label: "CALL PHARMACIST", word: "CALL", call: true }] };
}

// ---- what was kept while nobody answered

async function resend() {
  if (sending || leaving) return;
  const mine = (await waiting()).filter((one) => one.person === screen.person && one.url.startsWith(`${base}/`));
  for (const one of mine) {
    const answer = await post({ ...one, evidence: false });
    if (answer.lost || answer.gone) return;
    await drop(one.id);
    kept = false;
    sayNetwork(true);
    take(answer, one);
    half = null; // scanned who knows when
  }
  kept = false;
}

listen({
  profile: stationProfile(),
  onScan: ({ data, aim }) => scanned({ data, aim }),
  onTrouble: ({ says }) => show({ kind: "check", word: "CHECK", says }),
});
document.addEventListener("click", (event) => {
  const note = event.target.closest("[data-note]")?.dataset.note;
  if (note) send(() => entry("note", fields({ note }), false));
  const word = event.target.closest("[data-word]")?.dataset.word;
  if (!word) return;
  unlock();
  press(word);
});
const counts = counting(glass, (number) => send(() => entry("count", fields({ slot: screen.slot, number }), true)));
window.addEventListener("online", resend);
window.addEventListener("pagehide", camera.close);
setInterval(resend, 10000);
setInterval(() => tick(screen), 1000);
unlock();
begin("");
if (screen.note) tone("check");
resend();
polling = poll(() => `${base}/live?after=${encodeURIComponent(after)}`, { every: () => screen.every, hidden: 2000, onChange: live });

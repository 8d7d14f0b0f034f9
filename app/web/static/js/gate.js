// A gate before work: the scale check, and the cleaning of a cabinet. Weights are taken by themselves, acts are ticked by NEXT.

import * as camera from "./camera.js";
import { poll } from "./poll.js";
import { PERHAPS, post, trouble } from "./post.js";
import { route } from "./route.js";
import { listen, stationProfile } from "./scan.js";
import { sightOf } from "./sight.js";
import { clear, show, unlock } from "./verdict.js";
import { drawDevices, drawWeight } from "./weighing.js";

const glass = document.getElementById("glass");
const base = window.location.pathname;
const back = new URLSearchParams(window.location.search).get("back") ?? "";
let polling = null; // asks for what is live
let page = JSON.parse(document.getElementById("screen").textContent);
let after = page.heard;
let busy = false;
let tried = false;
let told = "";
let version = null;

function take(answer) {
  const { body } = answer;
  if (body.go) return window.location.assign(body.go);
  if (body.client === "weigh") return send("weigh", {});
  if (body.html) {
    page = body.screen;
    glass.innerHTML = body.html;
    polling?.forget();
  }
  const said = body.verdict ?? trouble(answer);
  if (said) show({ ...said, answers: said.kind === "wrong" ? [{ label: "CLOSE", press: clear }] : [] });
  return undefined;
}

async function send(path, fields) {
  if (busy) return;
  busy = true;
  const answer = await post({ url: `${base}/${path}`, fields: { ...fields, back, command_id: page.command_id }, evidence: false });
  busy = false;
  if (answer.lost) {
    polling?.lost();
    show({ kind: "waiting", word: "WAITING for the network", says: PERHAPS, answers: [{ label: "BACK TO THE PAGE", press: clear }] });
  } else if (!answer.gone) take(answer);
}

function scanned(scan) {
  unlock();
  return send("scan", { ...route(scan, { command_id: "-", version: 0 }), slot: page.act ?? "" });
}

async function live(now) {
  if (version !== null && now.version !== version) return window.location.reload(); // an adjustment began or ended
  version = now.version;
  drawDevices(now.devices);
  if (now.value !== undefined) drawWeight({ place: null, inside: null, formula: "", ...now });
  for (const one of now.heard) {
    after = one.id;
    await scanned({ heard: one.id });
  }
  balanceTrouble(now);
  if (!now.ready) tried = false;
  else if (!tried && !busy) {
    tried = true;
    await send("weigh", {});
  }
}

function balanceTrouble(now) {
  if (now.trouble === told) return;
  const before = told;
  told = now.trouble;
  if (told) show({ kind: "waiting", word: now.trouble_word, says: told });
  else if (before && document.getElementById("verdict").dataset.verdict === "waiting") clear();
}

listen({ profile: page.judges ? { ...stationProfile(), aim: false } : stationProfile(), onScan: scanned, onTrouble: ({ says }) => show({ kind: "check", word: "CHECK", says }) });
document.addEventListener("click", (event) => {
  const word = event.target.closest("[data-word]")?.dataset.word;
  if (word) send("do", { word, slot: page.act ?? "" });
});
unlock();
if (document.getElementById("sight")) sightOf(() => polling.now()).on(true);
window.addEventListener("pagehide", camera.close);
polling = poll(() => `${base}/live?after=${encodeURIComponent(after)}`, { every: 200, hidden: 5000, onChange: live });

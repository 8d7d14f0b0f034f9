// The worklist: scans open a preparation, buttons do too; the list draws itself anew when something changed.

import { setClock, tick } from "./clock.js";
import { poll } from "./poll.js";
import { PERHAPS, post, trouble } from "./post.js";
import { route } from "./route.js";
import { listen, stationProfile } from "./scan.js";
import { clear, show, unlock } from "./verdict.js";
import { drawDevices } from "./weighing.js";

const LIMIT = 10000; // ms that a list drawn anew may take
const glass = document.getElementById("glass");
const base = window.location.pathname;
let page = JSON.parse(document.getElementById("screen").textContent);
let after = page.heard;
let busy = false;

function take(answer) {
  const { body } = answer;
  if (body.go) return window.location.assign(body.go);
  if (body.client === "leave") return document.getElementById("leave").requestSubmit();
  if (body.html) draw(body);
  const said = body.verdict ?? trouble(answer);
  if (said) show({ ...said, answers: said.kind === "wrong" ? [{ label: "CLOSE", press: clear }] : [] });
  return undefined;
}

function draw(body) {
  page = body.screen;
  setClock(page.at);
  glass.innerHTML = body.html;
}

async function send(path, fields) {
  if (busy) return;
  busy = true;
  const answer = await post({ url: `${base}/${path}${window.location.search}`, fields, evidence: false });
  busy = false;
  if (answer.lost) {
    polling.lost();
    show({ kind: "waiting", word: "WAITING for the network", says: PERHAPS, answers: [{ label: "BACK TO THE LIST", press: clear }] });
  } else if (!answer.gone) take(answer);
}

function scanned(scan) {
  unlock();
  return send("scan", route(scan, page));
}

async function live(now) {
  drawDevices(now.devices);
  for (const one of now.heard) {
    after = one.id;
    await scanned({ heard: one.id });
  }
  if (now.version === page.version || busy) return;
  const answer = await fetch(`${base}${window.location.search}`, {
    cache: "no-store", headers: { Accept: "application/json, text/html;q=0.5" }, signal: AbortSignal.timeout(LIMIT),
  }).catch(() => null);
  if (answer?.ok) draw(await answer.json());
}

listen({
  profile: stationProfile(),
  onScan: scanned,
  onTrouble: ({ says }) => show({ kind: "check", word: "CHECK", says }),
});
document.addEventListener("click", (event) => {
  const preparation = event.target.closest("[data-open]")?.dataset.open;
  if (preparation) send("open", { preparation, command_id: page.command_id });
});
setClock(page.at);
setInterval(() => tick(page), 1000);
unlock();
const polling = poll(() => `${base}/live?after=${encodeURIComponent(after)}`, { every: 300, hidden: 5000, onChange: live });

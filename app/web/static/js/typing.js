// A typed code: photo of the label, what it says, then a witness. Sent as one form; refused, everything stays filled in.

import { badgeIn, given, heardBadges, keys } from "./badge.js";
import * as camera from "./camera.js";
import { PERHAPS, post, trouble } from "./post.js";
import { listen, stationProfile } from "./scan.js";
import { clear, show, unlock } from "./verdict.js";

const form = document.getElementById("typing");
const badge = document.getElementById("badge");
const pin = document.getElementById("pin");
const finder = document.getElementById("finder");
const picture = document.getElementById("taken");
let still = null;

const check = (says) => show({ kind: "check", word: "CHECK", says });

async function shoot() {
  unlock();
  const taken = await camera.capture(finder);
  if (!taken) return check(camera.trouble() || "The camera shows nothing yet. Look at its cable, then take the photo again.");
  still = taken.still;
  picture.src = URL.createObjectURL(still);
  picture.hidden = false;
  finder.hidden = true;
  return clear();
}

function words() {
  const list = document.getElementById("typed-words");
  list.replaceChildren();
  for (const field of form.querySelectorAll("label input[name]:not([type=password])")) {
    const name = document.createElement("dt");
    const value = document.createElement("dd");
    name.textContent = field.parentElement.firstChild.textContent;
    value.textContent = field.value || "not given";
    list.append(name, value);
  }
}

function turn(part) {
  for (const one of form.querySelectorAll("[data-part]")) one.hidden = one.dataset.part !== part;
  if (part === "witness") words();
}

function toWitness() {
  if (!still) return check("Take a photo of the label first.");
  if (!form.elements.number.value.trim()) return check("Type the number under the code.");
  return turn("witness");
}

function take(text) {
  unlock();
  if (text.toUpperCase().includes("%VT-C-CAPTURE%")) return shoot();
  const found = badgeIn(text);
  if (!found) return check("This is not a badge. The second person scans their own badge.");
  return given(badge, found);
}

async function send(event) {
  event.preventDefault();
  if (!badge.value || !pin.value) return check("The second person scans their badge, then gives their PIN.");
  const fields = Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  const answer = await post({ url: form.action, fields, files: [["still", still]], evidence: false });
  if (answer.gone) return undefined;
  if (answer.lost) return check(PERHAPS);
  return heard(answer);
}

function heard(answer) {
  const { body } = answer;
  if (body.go) return window.location.assign(body.go);
  if (body.screen) {
    form.elements.command_id.value = body.screen.command_id;
    form.elements.expected_version.value = body.screen.version;
  }
  pin.value = "";
  const said = body.verdict ?? trouble(answer);
  const back = { label: "BACK", press: () => window.location.assign(form.dataset.back) };
  return show({ ...said, answers: said.kind === "wrong" ? [back] : [] });
}

listen({ profile: stationProfile(), onScan: ({ data }) => take(data), onTrouble: ({ says }) => check(says) });
heardBadges(document.body.dataset.station, form.dataset.after, take, check);
keys(form, pin);
form.addEventListener("submit", send);
document.getElementById("shoot").addEventListener("click", shoot);
document.getElementById("to-witness").addEventListener("click", toWitness);
document.getElementById("to-label").addEventListener("click", () => turn("label"));
window.addEventListener("pagehide", camera.close);
camera.open(finder, (says, act) => (says ? show({ kind: "check", word: "NO CAMERA", says, act }) : clear()));

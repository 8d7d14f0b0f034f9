// A pharmacist's message, on a screen that is not the preparation's own: a tone, the words, and SEEN. Nothing waits for it.

import { poll } from "./poll.js";
import { post } from "./post.js";
import "./unsure.js";
import { tone } from "./verdict.js";

const EVERY = 3000; // ms between two questions
let shown = "";

const part = (tag, name, text) => {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
};

async function seen(now) {
  const answer = await post({ url: now.seen, fields: { note: now.id }, evidence: false });
  if (answer.status === 200) take();
}

function take() {
  document.getElementById("news")?.remove();
}

function draw(now) {
  if (now.id === shown) return;
  shown = now.id;
  take();
  if (!now.id) return;
  const box = part("aside", "news", "");
  box.id = "news";
  box.setAttribute("role", "status");
  const number = now.telephone ? `, telephone ${now.telephone}` : "";
  box.append(part("p", "sender", `MESSAGE ${now.by}, ${now.at}${number}`), part("p", "text", now.text), part("p", "about", `About ${now.about}`));
  const row = part("div", "row", "");
  const button = part("button", "press main", "SEEN");
  button.type = "button";
  button.addEventListener("click", () => seen(now));
  const open = part("a", "press", "OPEN IT");
  open.href = now.opens;
  row.append(button, open);
  box.append(row);
  document.querySelector("main.glass").append(box);
  tone("check");
}

// The preparation's own screen shows a message beside its step, and hears of it with everything else.
const { news } = document.body.dataset;
if (news) poll(news, { every: EVERY, hidden: 10000, onChange: draw, onLive: () => {} });

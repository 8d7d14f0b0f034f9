// Live pages ask again and again with an ETag: 304 costs almost nothing. On trouble they ask less often and say since when.
//
//   const polling = poll(url, {every: 2000, hidden: 30000, onChange, onLive});   polling.now()   polling.stop()
//   polling.lost()   // something else went unanswered
//   polling.forget()   // what was heard is no longer on the glass: the next answer is a whole one
//
// url       text, or a function that gives it anew for each question
// every     ms between an answer and the next question while the page is visible; may be a function, too
// hidden    the same for a page nobody sees; 0 pauses
// onChange  (body, {etag}) when something is new
// onLive    (live, since) each time it turns

import { sayNetwork } from "./network.js";

const LIMIT = 5000; // ms that an answer may take
const BACK_OFF = [2000, 4000, 8000, 15000];
const valueOf = (given) => (typeof given === "function" ? given() : given);

// The banner of a clock that went back comes and goes without the page being loaded anew.
function sayClock(answer) {
  document.getElementById("clock-notice")?.toggleAttribute("hidden", !answer.headers.has("X-Clock-Notice"));
}

// So does the alarm of emergency access: who, where, until when, why.
function sayEmergency(answer) {
  const strip = document.getElementById("emergency-notice");
  const said = answer.headers.get("X-Emergency");
  if (!strip || said === null) return;
  const says = decodeURIComponent(said);
  strip.toggleAttribute("hidden", !says);
  strip.querySelector("span").textContent = says;
}

export function poll(url, { every, hidden = 30000, onChange, onLive = sayNetwork }) {
  let etag = null;
  let timer = 0;
  let failures = 0;
  let since = null;
  let stopped = false;
  let asking = false;
  let lastAnswer = new Date();

  function turn(live) {
    if (live === (since === null)) return;
    since = live ? null : lastAnswer;
    onLive(live, since);
  }

  function next() {
    if (stopped) return;
    const pause = failures > 0 ? BACK_OFF[Math.min(failures, BACK_OFF.length) - 1] : document.hidden ? hidden : valueOf(every);
    if (pause > 0) timer = setTimeout(ask, pause);
  }

  async function ask() {
    clearTimeout(timer);
    if (stopped || asking) return;
    asking = true;
    try {
      const headers = { Accept: "application/json" };
      if (etag) headers["If-None-Match"] = etag;
      const answer = await fetch(valueOf(url), { cache: "no-store", headers, signal: AbortSignal.timeout(LIMIT) });
      if (!stopped) await hear(answer);
    } catch {
      failures += 1;
      turn(false);
    } finally {
      asking = false;
      next();
    }
  }

  async function hear(answer) {
    const door = answer.headers.get("X-Sign-In");
    if (answer.status === 401 && door) {
      stopped = true;
      window.location.assign(door);
      return;
    }
    if (answer.status !== 304 && !answer.ok) throw new Error(`answered ${answer.status}`);
    sayClock(answer);
    sayEmergency(answer);
    const body = answer.status === 304 ? null : await answer.json();
    failures = 0;
    lastAnswer = new Date();
    turn(true);
    if (body === null) return;
    etag = answer.headers.get("ETag");
    onChange(body, { etag });
  }

  const wake = () => {
    if (!document.hidden) ask();
  };
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);
  ask();
  return {
    now: ask,
    lost() {
      failures += 1;
      turn(false);
    },
    forget() {
      etag = null;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
      window.removeEventListener("online", wake);
    },
  };
}

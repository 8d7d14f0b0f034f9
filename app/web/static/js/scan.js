// A scanner that types: one listener on the window turns its keys into scans. No field needs focus; nothing else hears them.
//
//   const stop = listen({profile, onScan, onTrouble, onShortcut});
//   stationProfile()   // as the station's settings have it: VIALTRACE_STATIONS, wedge
//
// profile    suffix     "key" (Enter, Tab, Ctrl+M or Ctrl+J ends a scan) or "none" (silence ends it)
//            aim        true where the scanner sends an AIM identifier before each code: a scan without one is refused
//            layout     "key" (event.key is right) or "us" (read event.code as a US keyboard, where the self-test found another layout)
//            gs         further keys that mean GS, e.g. ["F8", "\u0000"]
//            desk       true on pages with one-letter shortcuts
// onScan     ({data, aim, at}) => maybe a promise; the next scan waits for it
// onTrouble  ({code, says, data}) with code half, no_aim, layout, lost_key, too_fast
// onShortcut (letter) on desk pages only

const GS = "\u001d";
const SILENCE = 400; // ms without a key: half a scan, or the end of the 400 ms rule
const NO_SUFFIX_SILENCE = 100; // ms without a key that end a scan where the scanner sends no suffix
const SLOW = 1500; // ms: keys that come as far apart are no scanner's, however slow
const SAME = 500; // ms within which the same code is one scan
const ALONE = 80; // ms round a letter in which no other key comes, if a person pressed it
const LEAST = 4; // characters; fewer is a bumped key

const SAYS = {
  half: "Half a scan. Scan it again. If it happens each time: set the scanner to send Enter after each code.",
  no_aim: "The scanner did not say what kind of code this is. Do the scanner test of this station (on its page SCALE CHECK).",
  layout: "The scanner's keyboard does not fit. Set the scanner to US keyboard.",
  lost_key: "The scanner pressed a key that is no character, so part of the code is lost. Do the scanner test of this station (on its page SCALE CHECK).",
  too_fast: "Too fast. Wait for the answer, then scan the next one.",
};

export function stationProfile() {
  return JSON.parse(document.body.dataset.wedge ?? "{}");
}

const SHIFTED = Object.fromEntries(
  [..."1234567890-=[]\\;',./`"].map((key, at) => [key, [...'!@#$%^&*()_+{}|:"<>?~'][at]]),
);
const PLACES = {
  Minus: "-", Equal: "=", BracketLeft: "[", BracketRight: "]", Backslash: "\\", Semicolon: ";", Quote: "'", Comma: ",",
  Period: ".", Slash: "/", Backquote: "`", Space: " ", NumpadAdd: "+", NumpadSubtract: "-", NumpadMultiply: "*",
  NumpadDivide: "/", NumpadDecimal: ".",
};

function readAsUs(event) {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter) return event.shiftKey ? letter : letter.toLowerCase();
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1];
  const plain = digit ?? PLACES[event.code];
  if (plain === undefined) return undefined;
  return event.shiftKey && !event.code.startsWith("Numpad") ? (SHIFTED[plain] ?? plain) : plain;
}

function character(event, profile) {
  const altGraph = event.getModifierState("AltGraph");
  if (event.metaKey || ((event.ctrlKey || event.altKey) && !altGraph)) return undefined;
  if (profile.layout === "us") return readAsUs(event);
  return event.key.length === 1 ? event.key : undefined;
}

const isGs = (event, profile) =>
  (event.ctrlKey && (event.key === "]" || event.key === GS || event.code === "BracketRight")) ||
  event.key === GS || (profile.gs ?? []).includes(event.key);

const isUnreadable = (event) =>
  event.key === "Unidentified" || event.key === "Process" || event.key === "Dead" ||
  (event.altKey && /^Numpad[0-9]$/.test(event.code));

// A key that a scanner presses in mid-code where a separator belongs and that is no character: F8, Insert, an arrow.
// A person's Escape or arrow soon after a shortcut comes slower than a scanner types, and does what it always does.
const SILENT = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "ScrollLock", "Fn", "Escape"];
const isStray = (event) => event.key.length > 1 && !SILENT.includes(event.key);

const isLineFeed = (event) => event.ctrlKey && (event.key.toLowerCase() === "j" || event.code === "KeyJ");
const isReturn = (event) => event.ctrlKey && (event.key.toLowerCase() === "m" || event.code === "KeyM");
const isEnd = (event) => event.key === "Enter" || event.key === "Tab" || isLineFeed(event) || isReturn(event);
const inTyping = (event) => event.target instanceof Element && event.target.closest("[data-typing]") !== null;

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

export function listen({ profile = {}, onScan, onTrouble = () => {}, onShortcut = () => {} }) {
  let kept = ""; // characters of the scan under way
  let garbled = false; // a key of it could not be read
  let strayed = ""; // a key of it that is no character and no separator of this scanner
  let keys = 0; // keys pressed for it, readable or not
  let lastKey = -Infinity; // timeStamp of the last key that joined a scan
  let previousKey = -Infinity; // and of the one before
  let row = 0; // keys in a row that no suffix has ended, none further apart than SLOW: a scanner too slow to be heard types so
  let said = false; // of that row: half a scan
  let timer = 0;
  let due = 0;
  let last = { data: null, at: -Infinity };
  let judging = false;
  let waiting = null;
  const held = new Set(); // keys whose press was swallowed: their release is, too

  const trouble = (code, data = "") => onTrouble({ code, says: SAYS[code], data });

  function reset() {
    kept = "";
    garbled = false;
    strayed = "";
    keys = 0;
    clearTimeout(timer);
  }

  function end(at) {
    const [data, bad, stray, pressed] = [kept, garbled, strayed, keys];
    reset();
    if (pressed < LEAST) return tooSlow();
    row = 0;
    if (bad) return trouble("layout");
    if (stray) return trouble("lost_key", stray);
    const [, aim = "", rest] = /^(\][A-Za-z][0-9A-Za-z])?([\s\S]*)$/.exec(data);
    if (profile.aim && !aim) return trouble("no_aim", rest);
    if (data === last.data && at - last.at < SAME) return undefined;
    last = { data, at };
    return offer({ data: rest, aim, at });
  }

  function offer(scan) {
    if (!judging) return judge(scan);
    if (waiting) return trouble("too_fast", scan.data);
    waiting = scan;
    return undefined;
  }

  async function judge(scan) {
    judging = true;
    try {
      await onScan(scan);
    } finally {
      judging = false;
      const next = waiting;
      waiting = null;
      if (next) judge(next);
    }
  }

  function half() {
    const [data, pressed] = [kept, keys];
    reset();
    if (pressed < LEAST) return tooSlow();
    said = true;
    return trouble("half", data);
  }

  // A scanner slower than the silence that ends a scan is never heard: it is told so once. At a desk these keys are a person's shortcuts.
  function tooSlow() {
    if (profile.desk || said || row < LEAST) return;
    said = true;
    trouble("half");
  }

  function newRow() {
    row = 0;
    said = false;
  }

  function arm() {
    clearTimeout(timer);
    const wait = profile.suffix === "none" ? NO_SUFFIX_SILENCE : SILENCE;
    due = performance.now() + wait;
    timer = setTimeout(silent, wait);
  }

  function silent() {
    // A page that was busy hears its keys late: give those that wait the time to arrive before calling it silence.
    if (performance.now() - due > 30) {
      due = performance.now() + 60;
      timer = setTimeout(silent, 60);
      return;
    }
    fallSilent();
  }

  function fallSilent() {
    if (profile.suffix === "none") end(lastKey);
    else half();
  }

  function join(event, text) {
    if (event.timeStamp - lastKey > SILENCE && keys > 0) fallSilent();
    if (event.timeStamp - lastKey > SLOW) newRow();
    if (text !== " ") row += 1;
    previousKey = lastKey;
    lastKey = event.timeStamp;
    if (text === undefined) garbled = true;
    else kept += text;
    keys += 1;
    arm();
  }

  function pressAlone(event, text) {
    // A person's Space still presses a button, and a person's letter is a shortcut: when no other key comes near it. Near a
    // Space is what a slow scanner types, too; at a desk, where people work by keys, it is no nearer after it than for a letter.
    const [at, before] = [event.timeStamp, previousKey];
    const target = event.target;
    if (at - before <= (text === " " ? SILENCE : ALONE)) return;
    const wait = (text === " " && !profile.desk ? SILENCE : ALONE) + 10;
    const expected = performance.now() + wait;
    const decide = (late) => {
      if (lastKey !== at) return;
      if (!late && performance.now() - expected > 30) {
        setTimeout(decide, 60, true); // the page was busy: keys may be waiting
        return;
      }
      if (text === " " && target instanceof HTMLElement && target.matches("button, summary, [role=button]")) target.click();
      else if (profile.desk && text.length === 1) onShortcut(text);
    };
    setTimeout(decide, wait, false);
  }

  function onKeyDown(event) {
    if (isLineFeed(event)) swallow(event);
    if (isEnd(event)) return onEnd(event);
    if (inTyping(event)) return undefined;
    const gs = isGs(event, profile);
    const text = gs ? GS : character(event, profile);
    if (text === undefined && !isUnreadable(event)) return strayKey(event);
    swallow(event);
    held.add(event.code || event.key);
    if (event.repeat) return undefined;
    join(event, text);
    if (!gs && text !== undefined) pressAlone(event, text);
    return undefined;
  }

  function strayKey(event) {
    if (keys === 0 || event.timeStamp - lastKey > NO_SUFFIX_SILENCE || !isStray(event)) return undefined;
    swallow(event);
    held.add(event.code || event.key);
    strayed = event.key;
    return undefined;
  }

  function onEnd(event) {
    const soon = event.timeStamp - lastKey <= SILENCE;
    if (!soon && keys > 0) fallSilent();
    const late = !soon && !profile.desk && row >= LEAST && event.timeStamp - lastKey <= SLOW;
    if (!soon && !late) return undefined;
    swallow(event);
    held.add(event.code || event.key);
    if (keys > 0 && !event.repeat) end(event.timeStamp);
    newRow();
    return undefined;
  }

  function onKeyUp(event) {
    if (held.delete(event.code || event.key)) swallow(event);
  }

  window.addEventListener("keydown", onKeyDown, true);
  window.addEventListener("keyup", onKeyUp, true);
  document.documentElement.dataset.scanner = "heard";
  return () => {
    delete document.documentElement.dataset.scanner;
    reset();
    window.removeEventListener("keydown", onKeyDown, true);
    window.removeEventListener("keyup", onKeyUp, true);
  };
}

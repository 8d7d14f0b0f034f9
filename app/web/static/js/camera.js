// The viewfinder of a photo step, a still at full size, and probes a quarter of a second apart that show a frozen picture.
// The camera is the tablet's own (a live video), or one that hangs at the station (stills, asked of the server one by one).

const SIZE = { width: { ideal: 1920 }, height: { ideal: 1080 } };
const PROBE_EVERY = 260; // ms
const STILL_EVERY = 500; // ms between two stills of the station's camera
const LIMIT = 10000; // ms that a still may take
const AGAIN = 2000; // ms until a camera that did not answer is asked for again
const PROBES = 3;
const QUALITY = 0.92;
const LOOK = 0.85; // quality of a frame that is only decoded

const REFUSED = { // why the browser gives no camera: the row, in words, and what to do
  NotAllowedError: ["camera not allowed", "The browser was told not to use the camera here.", "Tap the sign beside the address and allow the camera for this site: the photo goes on by itself."],
  NotFoundError: ["no camera", "This tablet has no camera.", "Plug one in: the photo goes on by itself. Or CALL the pharmacist: a station with a camera takes this over."],
  NotReadableError: ["camera in use", "Another program on this tablet holds the camera.", "Close that program: the photo goes on by itself."],
};
const SILENT = ["camera not answering", "No camera answers. Look at its cable.", "The photo is taken when it answers again."];

let stream = null; // of the tablet's camera
let timer = 0;
let turn = 0; // counts openings: what an earlier one still waits for is not shown any more
let probes = [];
let latest = null; // the newest still of the station's camera
let last = ""; // what kept the camera from answering when it was last looked at
let changed = () => {};

function state(name, says) {
  const row = document.getElementById("camera");
  if (!row) return;
  row.hidden = false;
  row.dataset.state = name;
  row.textContent = says;
}

function drawn(video, width, height, quality) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").drawImage(video, 0, 0, width, height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
}

const add = (one) => {
  probes = [...probes, one].slice(-PROBES);
};

async function probe(video) {
  if (video.videoWidth) add(await drawn(video, 160, 90, 0.8));
}

// ---- the station's camera

async function ask() {
  const how = { cache: "no-store", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(LIMIT) };
  try {
    const answer = await fetch(document.body.dataset.still, how);
    return answer.ok ? { still: await answer.blob() } : { says: (await answer.json()).says };
  } catch {
    return { says: "The server does not answer, so there is no picture." };
  }
}

async function fingerprint(still) {
  const digest = await crypto.subtle.digest("SHA-256", await still.arrayBuffer());
  return new Blob([digest]);
}

async function refresh(picture, mine) {
  const taken = await ask();
  if (mine !== turn) return;
  latest = taken.still ?? null;
  if (taken.still) {
    add(await fingerprint(taken.still));
    if (mine !== turn) return;
    URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(taken.still);
  }
  if (taken.says) says(SILENT[0], taken.says, SILENT[2]);
  else says();
  timer = setTimeout(refresh, STILL_EVERY, picture, mine);
}

async function takeStill() {
  for (let tries = 0; probes.length < PROBES && tries < 12; tries += 1) await pause(200);
  const { still } = await ask();
  return still ? { still, probes: [...probes.slice(1), await fingerprint(still)], label: "station camera" } : null;
}

// ---- either

// Tells the page once each time the camera is lost, in words, or is back.
function says(row = "camera ready", words = "", act = "") {
  state(words ? "not answering" : "ready", row);
  if (words === last) return;
  const before = last;
  last = words;
  if (words || before) changed(words, act);
}

// What keeps the camera from answering now, in words; empty while it answers.
export const trouble = () => last;

// `onChange` hears what keeps the camera from answering and what to do, and empty texts when it is back.
export function open(finder, onChange) {
  close();
  changed = onChange;
  return document.body.dataset.still ? refresh(finder, turn) : openVideo(finder, turn);
}

async function openVideo(video, mine) {
  let found;
  try {
    found = await navigator.mediaDevices.getUserMedia({ video: SIZE, audio: false });
  } catch (error) {
    if (mine !== turn) return;
    says(...(REFUSED[error.name] ?? SILENT));
    timer = setTimeout(openVideo, AGAIN, video, mine);
    return;
  }
  if (mine !== turn) return found.getTracks().forEach((track) => track.stop());
  stream = found;
  for (const track of stream.getVideoTracks()) track.addEventListener("ended", () => lose(video, mine));
  video.srcObject = stream;
  await video.play();
  timer = setInterval(probe, PROBE_EVERY, video);
  says();
}

function lose(video, mine) {
  if (mine !== turn) return;
  clearInterval(timer);
  stream = null;
  probes = [];
  says(SILENT[0], "The camera was pulled out. Look at its cable.", SILENT[2]);
  timer = setTimeout(openVideo, AGAIN, video, mine);
}

export function close() {
  turn += 1;
  last = "";
  clearInterval(timer);
  probes = [];
  latest = null;
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
}

// What the camera sees now, for the server to decode; null while it shows nothing.
export async function frame(finder) {
  if (document.body.dataset.still) return latest;
  if (!stream || !finder.videoWidth) return null;
  return drawn(finder, finder.videoWidth, finder.videoHeight, LOOK);
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function capture(finder) {
  if (document.body.dataset.still) return takeStill();
  for (let tries = 0; probes.length < PROBES && tries < 12; tries += 1) await pause(100);
  if (!stream || !finder.videoWidth) return null;
  const still = await drawn(finder, finder.videoWidth, finder.videoHeight, QUALITY);
  const label = stream.getVideoTracks()[0]?.label ?? "";
  return { still, probes: [...probes], label: label.split("/").at(-1) };
}

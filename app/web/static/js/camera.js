// The viewfinder of a photo step, a still at full size, and small probes a quarter of a second apart that show a frozen picture.

const SIZE = { width: { ideal: 1920 }, height: { ideal: 1080 } };
const PROBE_EVERY = 260; // ms
const PROBES = 3;
const QUALITY = 0.92;

let stream = null;
let timer = 0;
let probes = [];

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

async function probe(video) {
  if (video.videoWidth) probes = [...probes, await drawn(video, 160, 90, 0.8)].slice(-PROBES);
}

export async function open(video) {
  close();
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: SIZE, audio: false });
  } catch (error) {
    state("not answering", "camera not answering");
    return error.name === "NotAllowedError" ? "The browser may not use the camera. Allow it for this site." : "No camera answers. Look at its cable.";
  }
  video.srcObject = stream;
  await video.play();
  timer = setInterval(probe, PROBE_EVERY, video);
  state("ready", "camera ready");
  return "";
}

export function close() {
  clearInterval(timer);
  probes = [];
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function capture(video) {
  for (let tries = 0; probes.length < PROBES && tries < 12; tries += 1) await pause(100);
  if (!stream || !video.videoWidth) return null;
  const still = await drawn(video, video.videoWidth, video.videoHeight, QUALITY);
  const label = stream.getVideoTracks()[0]?.label ?? "";
  return { still, probes: [...probes], label: label.split("/").at(-1) };
}

// Draws the live weight. It is for the eye: the server takes the weight itself from the balance.

const at = (name) => document.querySelector(`[data-live="${name}"]`);

function put(name, text) {
  const place = at(name);
  if (place && place.textContent !== text) place.textContent = text;
}

function mark(live) {
  const arrow = at("mark");
  if (!arrow) return;
  arrow.toggleAttribute("hidden", live.place === null);
  if (live.place !== null) arrow.setAttribute("transform", `translate(${live.place * 10} 0)`);
}

// What has to be done first stands where the instruction stands, not beside it.
function instruct(instead) {
  const line = document.querySelector(".instruction h1");
  if (!line) return;
  line.dataset.task ??= line.textContent;
  const says = instead || line.dataset.task;
  if (line.textContent !== says) line.textContent = says;
}

export function drawWeight(live) {
  instruct(live.instead);
  const box = at("box");
  if (!box) return;
  put("value", live.value || "– – –");
  put("unit", live.value ? live.unit : "");
  put("state", live.value ? (live.settled ? "settled" : "in motion") : "no reading");
  put("prompt", live.prompt);
  put("formula", live.formula);
  box.dataset.inside = live.inside === null ? "none" : live.close ? "close" : live.inside ? "yes" : "no";
  box.dataset.settled = live.settled ? "yes" : "no";
  mark(live);
}

export function drawDevices(devices) {
  for (const device of devices) {
    const row = document.getElementById(`device-${device.name}`);
    if (!row) continue;
    row.hidden = false;
    row.dataset.state = device.state;
    if (row.textContent !== device.says) row.textContent = device.says;
  }
}

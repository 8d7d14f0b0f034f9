// What every screen of a tablet has: forms that wait for the server, and the kept page that says the server is away, which is
// dropped where the station's settings say so.

import { holdForms } from "./reached.js";

const { worker } = document.body.dataset;
const SCOPE = "/terminal/";
const KEPT = "vialtrace-shell-";

async function drop() {
  const found = await navigator.serviceWorker.getRegistrations();
  await Promise.all(found.map((one) => one.unregister()));
  const names = (await caches.keys()).filter((name) => name.startsWith(KEPT));
  await Promise.all(names.map((name) => caches.delete(name)));
}

// Another screen, or another size of its pixels: what was measured holds no more, and sizes are those of the densest glass.
const sheet = document.getElementById("measured");
const { width, height } = window.screen;
if (sheet && sheet.dataset.of !== `${width}x${height}-${Number(window.devicePixelRatio.toPrecision(4))}`) {
  sheet.remove();
  document.documentElement.dataset.changed = "glass";
}

if ("serviceWorker" in navigator) {
  if (worker) navigator.serviceWorker.register(worker, { scope: SCOPE, updateViaCache: "none" }).catch(() => {});
  else if (worker === "") drop();
}
// What waits to be sent is not thrown away when the tablet's disk grows full.
navigator.storage?.persist?.();
holdForms();

// Has this tablet keep the page that says the server is away, or drops it where the station's settings say so.

const { worker } = document.body.dataset;
const SCOPE = "/terminal/";
const KEPT = "vialtrace-shell-";

async function drop() {
  const found = await navigator.serviceWorker.getRegistrations();
  await Promise.all(found.map((one) => one.unregister()));
  const names = (await caches.keys()).filter((name) => name.startsWith(KEPT));
  await Promise.all(names.map((name) => caches.delete(name)));
}

if ("serviceWorker" in navigator) {
  if (worker) navigator.serviceWorker.register(worker, { scope: SCOPE, updateViaCache: "none" }).catch(() => {});
  else if (worker === "") drop();
}
// What waits to be sent is not thrown away when the tablet's disk grows full.
navigator.storage?.persist?.();

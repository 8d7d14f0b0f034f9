// The service worker of a station's screens. The server writes BUILD and FILES above it: the page that says the server is
// away, and that page's own files. It keeps nothing else, and hands nothing out of its copy while the server answers.

const KEPT = "vialtrace-shell-"; // begins the name of each build's copy
const [AWAY] = FILES;
const NO_SERVER = [502, 503, 504]; // what stands in front says so; an answer of vialtrace's own carries a number
const LIMIT = 10000; // ms that a page may take: a network that swallows what is sent would never end it
const mine = () => caches.open(KEPT + BUILD);

// Asked for as nobody: no cookie goes along, so no page of somebody's is kept.
const asked = () => FILES.map((path) => new Request(path, { credentials: "omit", cache: "no-cache" }));

self.addEventListener("install", (event) => {
  event.waitUntil(mine().then((copy) => copy.addAll(asked())).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

async function dropOthers() {
  const names = (await caches.keys()).filter((name) => name.startsWith(KEPT) && name !== KEPT + BUILD);
  await Promise.all(names.map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(opened(request, pathname));
  else if (request.method === "GET" && FILES.includes(pathname)) event.respondWith(fetched(request, pathname));
});

const gone = (answer) => NO_SERVER.includes(answer.status) && !answer.headers.has("X-Request-Id");
const copyOf = async (path) => (await (await mine()).match(path)) ?? Response.error();

const late = () => new Promise((done) => { setTimeout(done, LIMIT, null); });

// What the server says within the limit; null where it is away.
async function answered(request, limited) {
  const asking = fetch(request).catch(() => null);
  const answer = await (limited ? Promise.race([asking, late()]) : asking);
  return answer && !gone(answer) ? answer : null;
}

let away = false; // the last page did not come: that of the server being away does not wait for its files as well

async function opened(request, pathname) {
  // What a form sent is waited for: whoever leaves it does not know whether it was done.
  const answer = await answered(request, request.method === "GET");
  away = !answer;
  if (answer) return answer;
  // A form that broke is not sent again by loading the page: it leads to the station's first screen, which says so.
  if (request.method !== "GET") return Response.redirect(`${pathname.split("/").slice(0, 3).join("/")}#unsure`, 303);
  return copyOf(AWAY);
}

const fetched = async (request, pathname) => (away ? null : await answered(request, true)) ?? copyOf(pathname);

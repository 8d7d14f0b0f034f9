// The photos of a review, large: which of them were really seen, zoom, rotate, brightness. The bytes are never touched.
//
//   const wall = photos({seen, onSeen});   wall.open(3)  wall.unseen()  wall.close()  wall.isOpen()  wall.zoom()
//   wall.seen() -> [sha256]   wall.missing() -> [{number, broken}]
//
// Seen: the display size has loaded and was on the glass for one second without a break, whole, in a visible window:
// alone, as large as the window allows; or on a sheet, at least 700 px along its longer side (or its own size if smaller):
// so many that three or four pictures of 16:9 stand on one sheet of a screen of 1440 x 900.

const LARGE = 700;
const HEAD = 52; // px of the line that says whose pictures they are, and of the gaps
const LONG_ENOUGH = 1000;
const STEP = 100;
const SHEETS = [4, 3, 2];

export function photos({ seen = [], onSeen = () => {} } = {}) {
  const viewer = document.getElementById("viewer");
  const frames = document.getElementById("frames");
  const figures = [...frames.querySelectorAll("figure")];
  const light = document.getElementById("light");
  const since = new Map();
  const turned = new Map();
  let before = null;

  for (const figure of figures) {
    if (seen.includes(figure.dataset.sha)) figure.dataset.seen = "";
    const img = figure.querySelector("img");
    img.addEventListener("error", () => {
      if (!img.getAttribute("src")) return;
      figure.dataset.broken = "";
      const says = document.createElement("p");
      says.className = "broken";
      says.textContent = `Photo ${figure.dataset.number} cannot be shown: its file is damaged, missing or purged. Look in the record.`;
      img.replaceWith(says);
      report();
    });
  }

  const isOpen = () => !viewer.hidden;
  const shown = () => figures.filter((figure) => !figure.hidden);
  const number = (figure) => Number(figure.dataset.number);
  const load = (figure) => {
    const img = figure.querySelector("img");
    if (img && !img.getAttribute("src")) img.src = figure.dataset.src;
  };

  function report() {
    for (const figure of figures) {
      const state = "broken" in figure.dataset ? "broken" : "seen" in figure.dataset ? "seen" : "unseen";
      document.querySelector(`[data-thumb="${figure.dataset.number}"]`)?.setAttribute("data-state", state);
    }
    onSeen();
  }

  function counts(figure) {
    const img = figure.querySelector("img");
    if (document.hidden || !isOpen() || figure.hidden || "zoomed" in figure.dataset || !img) return false;
    if (!img.complete || img.naturalWidth === 0) return false;
    const box = img.getBoundingClientRect();
    const whole = box.top >= -1 && box.left >= -1 && box.bottom <= innerHeight + 1 && box.right <= innerWidth + 1;
    const own = Math.max(img.naturalWidth, img.naturalHeight);
    return whole && (shown().length === 1 || Math.max(box.width, box.height) >= Math.min(LARGE, own) - 1);
  }

  function look() {
    const now = performance.now();
    for (const figure of figures) {
      if ("seen" in figure.dataset) continue;
      if (!counts(figure)) since.delete(figure);
      else if (!since.has(figure)) since.set(figure, now);
      else if (now - since.get(figure) >= LONG_ENOUGH) {
        figure.dataset.seen = "";
        report();
      }
    }
  }

  function show(some) {
    if (some.length === 0) return;
    if (!isOpen()) before = document.activeElement;
    viewer.hidden = false;
    frames.dataset.many = String(some.length);
    for (const figure of figures) {
      figure.hidden = !some.includes(figure);
      delete figure.dataset.zoomed;
      if (!figure.hidden) load(figure);
    }
    for (const words of viewer.querySelectorAll("[data-beside]")) words.hidden = words.dataset.beside !== some[0].dataset.number;
    dress();
    some[0].focus();
  }

  // Width by height, as its thumbnail shows it.
  function shape(figure) {
    const thumb = document.querySelector(`[data-thumb="${figure.dataset.number}"] img`);
    return thumb?.naturalHeight ? thumb.naturalWidth / thumb.naturalHeight : 4 / 3;
  }

  // Whether each of these photos, together on this window, would be drawn large enough to count.
  function fits(some) {
    const [columns, rows] = some.length === 2 ? [2, 1] : [2, 2];
    const [wide, tall] = [innerWidth / columns - 4, (innerHeight - HEAD) / rows];
    return some.map(shape).every((one) => Math.min(wide, tall * one) / Math.min(one, 1) >= LARGE);
  }

  function unseen() {
    const left = figures.filter((figure) => !("seen" in figure.dataset) && !("broken" in figure.dataset));
    if (left.length === 0) return;
    const many = SHEETS.find((count) => left.length >= count && fits(left.slice(0, count))) ?? 1;
    show(left.slice(0, many));
  }

  function dress() {
    for (const figure of shown()) {
      const img = figure.querySelector("img");
      if (!img) continue;
      img.style.filter = light.value === "100" ? "" : `brightness(${light.value}%)`;
      const by = turned.get(figure) ?? 0;
      const flat = by % 180 === 0 || "zoomed" in figure.dataset;
      const scale = flat ? 1 : Math.min(figure.clientHeight / img.clientWidth, figure.clientWidth / img.clientHeight, 1);
      img.style.transform = by === 0 ? "" : `rotate(${by}deg) scale(${scale})`;
    }
  }

  function zoom() {
    const [figure] = shown();
    const img = figure?.querySelector("img");
    if (!isOpen() || !img || shown().length !== 1) return;
    if ("zoomed" in figure.dataset) {
      delete figure.dataset.zoomed;
      img.src = figure.dataset.src;
    } else {
      figure.dataset.zoomed = "";
      img.addEventListener("load", () => figure.scrollTo((figure.scrollWidth - figure.clientWidth) / 2, (figure.scrollHeight - figure.clientHeight) / 2), { once: true });
      img.src = figure.dataset.original;
    }
    dress();
  }

  function drag(event) {
    const figure = event.currentTarget;
    if (!("zoomed" in figure.dataset) || event.button !== 0) return;
    event.preventDefault();
    const from = [event.clientX + figure.scrollLeft, event.clientY + figure.scrollTop];
    const pull = (move) => figure.scrollTo(from[0] - move.clientX, from[1] - move.clientY);
    window.addEventListener("pointermove", pull);
    window.addEventListener("pointerup", () => window.removeEventListener("pointermove", pull), { once: true });
  }

  function close() {
    viewer.hidden = true;
    before?.focus?.();
  }

  for (const figure of figures) {
    figure.addEventListener("pointerdown", drag);
    figure.addEventListener("dblclick", zoom);
  }
  document.getElementById("zoom").addEventListener("click", zoom);
  document.getElementById("shut").addEventListener("click", close);
  document.getElementById("unseen").addEventListener("click", unseen);
  document.getElementById("rotate").addEventListener("click", () => {
    for (const figure of shown()) turned.set(figure, ((turned.get(figure) ?? 0) + 90) % 360);
    dress();
  });
  light.addEventListener("input", dress);
  setInterval(look, STEP);
  window.addEventListener("load", () => figures.forEach(load)); // loaded ahead, so that the next photo is there at once
  if (document.readyState === "complete") figures.forEach(load);

  const one = (wanted) => figures.find((figure) => number(figure) === wanted);
  report();
  return {
    open: (wanted) => one(wanted) && show([one(wanted)]),
    unseen,
    close,
    zoom,
    isOpen,
    seen: () => figures.filter((figure) => "seen" in figure.dataset).map((figure) => figure.dataset.sha),
    missing: () => figures.filter((figure) => !("seen" in figure.dataset)).map((figure) => ({ number: number(figure), broken: "broken" in figure.dataset })),
    all: figures.length,
  };
}

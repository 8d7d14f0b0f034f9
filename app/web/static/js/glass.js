// A bar as long as a bank card: buttons make it longer and shorter; what a millimetre has goes with the form.

const CARD = 85.6; // mm
const [LEAST, MOST] = [3, 8]; // CSS pixels a millimetre may have
const form = document.getElementById("card-measure");
const bar = document.getElementById("bar");
let mm = Number(form.dataset.mm);

function draw() {
  bar.style.width = `${CARD * mm}px`;
  document.getElementById("bar-says").textContent = `${mm.toFixed(2)} pixels a millimetre`;
  form.elements.mm.value = mm.toFixed(2);
}

form.addEventListener("click", (event) => {
  const step = Number(event.target.closest("[data-step]")?.dataset.step ?? 0);
  mm = Math.min(MOST, Math.max(LEAST, mm + step));
  draw();
});
form.elements.width.value = window.screen.width;
form.elements.height.value = window.screen.height;
form.elements.ratio.value = window.devicePixelRatio;
draw();

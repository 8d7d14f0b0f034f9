// How many were counted, by the glass's own large keys or by number cards; the server judges the number.

const DIGITS = 4;

export function counting(glass, enter) {
  const counted = () => document.getElementById("counted");

  // One digit more; an empty one takes all of them off.
  function digit(one) {
    const shown = counted();
    if (!shown) return;
    if (!one) shown.value = "";
    else if (shown.value.length < DIGITS) shown.value = (shown.value + one).replace(/^0+/, "");
  }

  // Enter what stands there; false where nothing does.
  function done() {
    const number = counted()?.value;
    if (number) enter(number);
    return Boolean(number);
  }

  glass.addEventListener("click", (event) => {
    const key = event.target.closest("[data-digit]");
    if (key) digit(key.dataset.digit);
    if (event.target.closest("[data-counted]")) done();
  });
  return { digit, done };
}

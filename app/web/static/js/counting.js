// How many were counted, typed with the glass's own large keys; the server judges the number.

const DIGITS = 4;

export function counting(glass, enter) {
  glass.addEventListener("click", (event) => {
    const shown = document.getElementById("counted");
    if (!shown) return;
    const digit = event.target.closest("[data-digit]")?.dataset.digit;
    if (digit === "") shown.value = "";
    else if (digit && shown.value.length < DIGITS) shown.value = (shown.value + digit).replace(/^0+/, "");
    if (event.target.closest("[data-counted]") && shown.value) enter(shown.value);
  });
}

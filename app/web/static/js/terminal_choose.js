// Choosing a PIN on the keys of a tablet: one question at a time, the present one, the new one, the new one again.

import { keys } from "./badge.js";

const form = document.getElementById("choose");
const pin = document.getElementById("pin");
const asked = document.getElementById("asked");
const questions = [...form.querySelectorAll("input[data-says]")];
let at = 0;

function ask() {
  asked.textContent = questions[at].dataset.says;
  pin.placeholder = questions[at].dataset.word;
  pin.value = "";
  pin.focus();
}

keys(form, pin);
pin.addEventListener("input", () => {
  pin.value = pin.value.replace(/[^0-9]/g, "");
});
form.addEventListener("submit", (event) => {
  if (pin.value === "") {
    event.preventDefault();
    pin.focus();
    return;
  }
  questions[at].value = pin.value;
  at += 1;
  if (at < questions.length) {
    event.preventDefault();
    ask();
  }
});
ask();

import { answered } from "./passkey.js";

// Dialogs of the desk: open by button, close, open again after a refusal, and the time that a signature will carry.

export function openDialog(name) {
  const dialog = document.getElementById(`dialog-${name}`);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  const field = [...dialog.querySelectorAll("select, textarea, input:not([type=hidden])")].find((one) => !one.disabled && one.value === "");
  field?.focus();
}

function startClock() {
  const shown = document.querySelectorAll("[data-clock]");
  if (shown.length === 0) return;
  const [hours, minutes] = shown[0].textContent.split(":").map(Number);
  const begun = performance.now();
  setInterval(() => {
    const now = (hours * 60 + minutes + Math.floor((performance.now() - begun) / 60000)) % 1440;
    const text = `${String(Math.floor(now / 60)).padStart(2, "0")}:${String(now % 60).padStart(2, "0")}`;
    for (const one of shown) one.textContent = text;
  }, 1000);
}

// `carried` gives for each name in a form's data-carries the values it takes along: {seen: () => [...], accepts: () => [...]}
export function dialogs(carried = {}) {
  startClock();
  for (const button of document.querySelectorAll("[data-open]")) button.addEventListener("click", () => openDialog(button.dataset.open));
  for (const button of document.querySelectorAll("dialog [data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
  for (const form of document.querySelectorAll("dialog form[method=post]")) {
    form.addEventListener("submit", async (event) => {
      if (form.dataset.passkey && !form.elements.assertion.value) {
        event.preventDefault();
        if (await answered(form)) form.requestSubmit();
        return;
      }
      for (const name of (form.dataset.carries ?? "").split(" ").filter(Boolean)) {
        for (const old of form.querySelectorAll(`input[type=hidden][name="${name}"]`)) old.remove();
        for (const value of carried[name]?.() ?? []) {
          const field = document.createElement("input");
          Object.assign(field, { type: "hidden", name, value });
          form.append(field);
        }
      }
      for (const button of form.querySelectorAll("button:not([type=button])")) button.disabled = true;
    });
  }
  const again = document.querySelector("dialog[data-reopen]");
  if (again) openDialog(again.id.replace("dialog-", ""));
}

// One-letter keys of the desk pages, protected from scanners that type; a label scanned here opens its preparation.
//
//   desk({n: next, "1": open, ...}, onEscape)    keys do nothing while a dialog is open, and can be turned off
import { listen } from "./scan.js";

const LABEL = /^%VT-[PIF]-[0-9A-Z]{9}(-[0-9]{1,4})?%$/;
const OFF = "vialtrace-keys-off";
const off = () => localStorage.getItem(OFF) === "yes";

export const isDialogOpen = () => document.querySelector("dialog[open]") !== null;

export function desk(keys, onEscape = () => {}) {
  const list = document.getElementById("keys");
  const box = document.getElementById("keys-on");
  if (box) {
    box.checked = !off();
    box.addEventListener("change", () => localStorage.setItem(OFF, box.checked ? "no" : "yes"));
  }
  listen({
    profile: { desk: true },
    onScan({ data }) {
      // Only a whole code of ours: a password typed beside its field must never become part of an address.
      if (LABEL.test(data) && !isDialogOpen()) window.location.assign(`/records?find=${encodeURIComponent(data)}`);
    },
    onShortcut(letter) {
      if (isDialogOpen()) return;
      if (letter === "?") list?.showModal();
      else if (!off()) keys[letter.toLowerCase()]?.();
    },
  });
  document.documentElement.dataset.keys = "ready";
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !isDialogOpen() && !(event.target instanceof Element && event.target.closest("[data-typing]"))) onEscape();
  });
}

// An order beside its message: pointing at a value marks its place; A opens the signature, Esc leads back.
import { desk } from "./desk_keys.js";
import { dialogs, openDialog } from "./signing.js";

const places = new Map();
for (const one of document.querySelectorAll("[data-segment]")) places.set(one.dataset.segment, one);

function mark(at) {
  for (const one of document.querySelectorAll(".message [data-on]")) delete one.dataset.on;
  if (!at) return;
  const field = document.querySelector(`[data-field="${CSS.escape(at)}"]`);
  const segment = places.get(at.split("-").slice(0, 2).join("-"));
  if (segment) segment.dataset.on = "";
  if (field) field.dataset.on = "";
}

for (const row of document.querySelectorAll("tr[data-at]")) {
  for (const kind of ["pointerenter", "focusin"]) row.addEventListener(kind, () => mark(row.dataset.at));
  for (const kind of ["pointerleave", "focusout"]) row.addEventListener(kind, () => mark(null));
}
desk({ a: () => document.getElementById("verify") && openDialog("sign") }, () => window.location.assign(document.getElementById("order").dataset.orders));
dialogs();

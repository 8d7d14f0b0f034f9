// A badge on a page that asks for one: typed by the tablet's scanner, or read by the station's own.

import { poll } from "./poll.js";

const BADGE = /%VT-B-[0-9A-Z]{9}%/;

export const badgeIn = (text) => BADGE.exec(text.toUpperCase())?.[0] ?? null;

// `onOther` hears in words what was read and is no badge; `onCard` the word of a card, on a page that takes them.
export function heardBadges(station, from, onBadge, onOther, onCard = null) {
  let after = from;
  return poll(() => `/terminal/${station}/badges?after=${encodeURIComponent(after)}`, {
    every: 300,
    hidden: 5000,
    onChange: (body) => {
      after = body.after;
      if (onCard) return body.read.forEach((one) => (one.badge ? onBadge(one.badge) : one.card ? onCard(one.card) : onOther(one.other)));
      for (const one of body.others) onOther(one);
      for (const one of body.badges) onBadge(one);
      return undefined;
    },
  });
}

// Keys of a PIN pad beside the field.
export function keys(form, pin) {
  form.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (key === undefined) return;
    pin.value = key === "clear" ? "" : pin.value + key;
  });
}

export function given(badge, text) {
  badge.value = text;
  const row = document.getElementById("badge-state");
  row.dataset.given = "yes";
  row.querySelector("span").textContent = "Badge read. Now the PIN.";
  document.getElementById("pin").focus();
}

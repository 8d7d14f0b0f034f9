// The board: asks every five seconds, and draws itself anew when something changed.
import { poll } from "./poll.js";

const glass = document.getElementById("board");

poll(glass.dataset.part, {
  every: 5000,
  onChange: ({ html }) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    glass.replaceChildren(fresh.content);
  },
});

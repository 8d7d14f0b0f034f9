// The camera as a scanner: what it sees goes to the server frame by frame, which decodes it; nothing is decoded here.
//
//   const sight = sightOf(() => polling.now());   sight.on(true)   // on a screen that takes scans; off where a photo is taken
//
// A reading comes back like one of the station's own scanner, so that it reaches the one place that judges scans.

import * as camera from "./camera.js";
import { post } from "./post.js";

const PAUSE = 150; // ms between an answer and the next frame
const KEPT = "vialtrace-sight"; // whether this tablet scans with its camera, until it is switched off

export function sightOf(heard) {
  const panel = document.getElementById("sight");
  const words = panel.querySelector("[data-says]");
  const station = document.body.dataset.station;
  let wanted = sessionStorage.getItem(KEPT) === "on";
  let here = false;
  let turn = 0; // counts openings: an earlier one's answer is not heard any more

  function say(what, says) {
    panel.dataset.what = what;
    words.textContent = says;
  }

  async function look(mine) {
    const finder = panel.querySelector("#sight-finder");
    const seen = await camera.frame(finder);
    if (seen && mine === turn) {
      const answer = await post({ url: `/terminal/${station}/frame`, fields: {}, files: [["frame", seen]], evidence: false });
      if (mine !== turn || answer.gone) return;
      if (answer.body?.what) say(answer.body.what, answer.body.says || "Hold one code into the picture.");
      if (answer.body?.what === "read") heard();
    }
    if (mine === turn) setTimeout(look, PAUSE, mine);
  }

  function draw() {
    const open = wanted && here;
    if (open === !panel.hidden) return;
    panel.hidden = !open;
    turn += 1;
    if (!open) return camera.close();
    say("nothing", "Hold one code into the picture.");
    camera.open(panel.querySelector("#sight-finder"), (trouble) => trouble && say("again", trouble));
    look(turn);
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-sight]")) return;
    wanted = !wanted;
    sessionStorage.setItem(KEPT, wanted ? "on" : "off");
    draw();
  });
  return {
    on(takesScans) {
      here = takesScans;
      draw();
    },
  };
}

// Of every screen that somebody is signed in at: the worker led here, for what was sent last broke on its way. Where nobody is,
// the page that asks for a badge says enough.

import { clear, show } from "./verdict.js";

if (window.location.hash === "#unsure") {
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  show({
    kind: "check", word: "PERHAPS DONE", says: "What you sent last broke on its way. Look whether it was done before you give it again.",
    answers: [{ label: "BACK TO THE PAGE", press: clear }],
  });
}

// Loaded where the worker led here: what was sent last broke on its way.

import { clear, show } from "./verdict.js";

window.history.replaceState(null, "", window.location.pathname + window.location.search);
show({
  kind: "check", word: "PERHAPS DONE", says: "What you sent last broke on its way. Look whether it was done before you give it again.",
  answers: [{ label: "BACK TO THE PAGE", press: clear }],
});

// Desk pages: the CSRF token on every htmx request, and trouble that is never silent.
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const trouble = document.getElementById("page-trouble");

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = token;
});

function say(title, text) {
  const box = document.createElement("div");
  box.className = "trouble";
  const words = document.createElement("div");
  const strong = document.createElement("b");
  strong.textContent = `${title} `;
  words.append(strong, text);
  box.append(words);
  trouble?.replaceChildren(box);
}

document.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  const door = answer.getResponseHeader("X-Sign-In");
  if (answer.status === 401 && door) {
    window.location.assign(door);
    return;
  }
  const id = /class="number">([0-9A-Z]+)</.exec(answer.responseText)?.[1] ?? "";
  say("NOT SAVED; NOTHING CHANGED.", `The server answered ${answer.status}. Try once more. ${id && `Number to quote: ${id}`}`);
});
document.addEventListener("htmx:sendError", () => say("NOT SAVED; NOTHING CHANGED.", "The server does not answer. Check the network and try again."));

// A page that is meant for paper: its button opens the browser's own print window.
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

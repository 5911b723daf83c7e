// What the theme's buttons do: their own way of saying it is a script in an attribute, which the pages forbid.

const DEEDS = { "window.print": () => window.print(), toggleFullScreen: () => window["toggleFullScreen"]() };

for (const button of document.querySelectorAll("[data-does]"))
  button.addEventListener("click", () => DEEDS[button.dataset.does]());

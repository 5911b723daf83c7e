/* global DOCUMENTATION_OPTIONS */

// What the theme's buttons do: their own way of saying it is a script in an attribute, which the pages forbid.

const DEEDS = { "window.print": () => window.print(), toggleFullScreen: () => window["toggleFullScreen"]() };

for (const button of document.querySelectorAll("[data-does]"))
  button.addEventListener("click", () => DEEDS[button.dataset.does]());

// The search shows the text around what it found, for which it fetches the pages. From a file it cannot fetch; what it
// found, it lists all the same.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS === "object")
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

/* global DOCUMENTATION_OPTIONS */

// What the theme's buttons do: their own way of saying it is a script in an attribute, which the pages forbid.

const DEEDS = { "window.print": () => window.print(), toggleFullScreen: () => window["toggleFullScreen"]() };

for (const button of document.querySelectorAll("[data-does]"))
  button.addEventListener("click", () => DEEDS[button.dataset.does]());

// The theme's menus and hints are Bootstrap's, which weighs more than all other scripts: it waits until the reader does
// something. A click that comes before it is done again when it is there.
(function () {
  const SIGNS = ["pointermove", "pointerdown", "touchstart", "wheel", "scroll", "keydown", "focusin"];
  const LONGEST_WAIT = 10_000; // milliseconds: for readers whose tools send none of these
  const { later } = document.documentElement.dataset;
  let missed = null;
  let isFetched = false;

  function note({ target }) {
    missed = target.closest('[data-bs-toggle="dropdown"]') ?? missed;
  }

  function fetchLater({ type, target } = {}) {
    if (isFetched || !later) return;
    if (type === "scroll" && target !== document) return; // the theme scrolls the contents by itself
    isFetched = true;
    const script = Object.assign(document.createElement("script"), { src: later });
    script.onload = () => {
      document.removeEventListener("click", note);
      missed?.click();
    };
    document.head.append(script);
  }

  document.addEventListener("click", note);
  for (const sign of SIGNS) window.addEventListener(sign, fetchLater, { passive: true, capture: true });
  setTimeout(() => fetchLater(), LONGEST_WAIT);
})();

// The search shows the text around what it found, for which it fetches the pages. From a file it cannot fetch; what it
// found, it lists all the same.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS === "object")
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

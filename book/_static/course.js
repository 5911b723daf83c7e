/* global DOCUMENTATION_OPTIONS, Search */

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

  function fetchLater({ type, target, movementX, movementY } = {}) {
    if (isFetched || !later) return;
    if (type === "scroll" && target !== document) return; // the theme scrolls the contents by itself
    if (type === "pointermove" && !movementX && !movementY) return; // the page came to lie under a mouse at rest
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

// What changes without a move of the focus is said to screen readers: that code is copied, what a search has found.
const said = document.createElement("p");
said.className = "said";
said.setAttribute("role", "status");
document.querySelector("main")?.append(said);

document.addEventListener(
  "click",
  (event) => {
    const button = event.target instanceof Element && event.target.closest(".copybtn");
    if (!(button instanceof HTMLElement)) return;
    said.textContent = "";
    // The button's own script writes there what came of it.
    new MutationObserver((_, observer) => {
      observer.disconnect();
      said.textContent = button.dataset.tooltip;
    }).observe(button, { attributeFilter: ["data-tooltip"] });
  },
  true,
);

const results = document.getElementById("search-results");
if (results) {
  // Sphinx stumbles over a result without text.
  document.addEventListener("DOMContentLoaded", () => {
    const summarise = Search.makeSearchSummary;
    Search.makeSearchSummary = (...page) => summarise(...page) ?? document.createElement("p");
  });
  new MutationObserver(() => {
    const summary = results.querySelector(".search-summary")?.textContent ?? "";
    if (said.textContent !== summary) said.textContent = summary;
  }).observe(results, { childList: true, subtree: true, characterData: true });
}

// Escape takes away the tip of a button, which may lie on what one wants to read.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const button of document.querySelectorAll('[aria-describedby^="tooltip"]'))
    for (const kind of ["mouseout", "focusout"]) button.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
});

// After the contents were open, on a narrow window, the focus goes back to the button that opened them.
for (const side of ["primary", "secondary"])
  document.getElementById(`pst-${side}-sidebar-modal`)?.addEventListener("close", () => {
    const button = document.querySelector(`.bd-header-article .${side}-toggle`);
    if (button instanceof HTMLElement) button.focus();
  });

// Paper is white, whatever the theme.
addEventListener("beforeprint", () => {
  const { dataset } = document.documentElement;
  const { theme } = dataset;
  dataset.theme = "light";
  addEventListener("afterprint", () => (dataset.theme = theme), { once: true });
});

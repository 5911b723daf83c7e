// On pages with explorers: loaded after require.js and before html-manager.

(function () {
  const vendor = new URL(".", document.currentScript.src).href;

  // html-manager asks requirejs for these by name, and the internet only if that fails.
  requirejs.config({
    paths: {
      anywidget: vendor + "anywidget/index",
      "@jupyter-widgets/html-manager": vendor + "html-manager/index",
    },
  });

  // The theme's Font Awesome replaces <i> by <svg>; the buttons of ipywidgets keep their <i> and change it.
  if (window.FontAwesome) window.FontAwesome.config.autoReplaceSvg = "nest";
  else window.FontAwesomeConfig = { autoReplaceSvg: "nest" };

  // ipywidgets typesets labels through MathJax 2, and the book has MathJax 3.
  window.addEventListener("load", function () {
    if (!window.MathJax || window.MathJax.Hub) return;
    window.MathJax.Hub = {
      Queue([, , node]) {
        window.MathJax.startup?.promise?.then(() => window.MathJax.typesetPromise([node]));
      },
    };
  });
})();

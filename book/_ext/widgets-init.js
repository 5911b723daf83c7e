// On pages with explorers. The libraries for them weigh more than the page, so they are fetched when the first
// explorer comes near the window, and each explorer is drawn when it does. Until then its still picture stands there.
// So that the text of a page that begins with one is there at once, nothing starts before the reader does something.

(function () {
  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';
  const NEAR = "400px 0px"; // above and below the window

  const SIGNS = ["pointermove", "pointerdown", "touchstart", "wheel", "scroll", "keydown", "focusin"];
  const LONGEST_WAIT = 10_000; // milliseconds: for readers whose tools send none of these

  const vendor = new URL(".", document.currentScript.src).href;
  let manager = null;
  const readerIsThere = new Promise((resolve) => {
    for (const sign of SIGNS) window.addEventListener(sign, resolve, { once: true, passive: true, capture: true });
    setTimeout(resolve, LONGEST_WAIT);
  });

  function fetchScript(address) {
    return new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), {
        src: address,
        onload: resolve,
        onerror: reject,
      });
      document.head.append(script);
    });
  }

  /** Load modules by name, through RequireJS. */
  function load(...names) {
    return new Promise((resolve, reject) => requirejs(names, (...modules) => resolve(modules), reject));
  }

  async function startManager() {
    await fetchScript(`${vendor}requirejs/require.js`);
    requirejs.config({
      paths: {
        anywidget: `${vendor}anywidget/index`,
        ...Object.fromEntries(
          ["base", "controls", "html-manager"].map((name) => [
            `@jupyter-widgets/${name}`,
            `${vendor}html-manager/${name}`,
          ]),
        ),
      },
    });
    const [{ HTMLManager }] = await load("@jupyter-widgets/html-manager");
    const started = new HTMLManager({ loader: async (name) => (await load(name))[0] });
    await started.set_state(JSON.parse(document.querySelector(STATE).textContent));
    return started;
  }

  async function draw(script) {
    await readerIsThere;
    manager ??= startManager();
    const model = await (await manager).get_model(JSON.parse(script.textContent).model_id);
    const place = Object.assign(document.createElement("div"), { className: "widget-subarea" });
    script.before(place);
    (await manager).display_view(await (await manager).create_view(model), place);
  }

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        for (const script of target.querySelectorAll(`:scope > ${VIEW}`)) draw(script);
      }
    },
    { rootMargin: NEAR },
  );
  // The script itself has no place in the window.
  for (const script of document.querySelectorAll(VIEW)) observer.observe(script.parentElement);
})();

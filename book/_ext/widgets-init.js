// On pages with explorers. The libraries for them weigh more than the page, so they are fetched when the first
// explorer comes near the window, and each explorer is drawn when it does. Until then its still picture stands there.
// So that the text of a page that begins with one is there at once, nothing starts before the reader does something.

(function () {
  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';
  const NEAR = "400px 0px"; // above and below the window

  const SIGNS = ["pointermove", "pointerdown", "touchstart", "wheel", "scroll", "keydown", "focusin"];
  const LONGEST_WAIT = 10_000; // milliseconds: for readers whose tools send none of these

  const fetched = {};
  const parts = (window.explorerParts = {}); // where the files of stored widgets put what they hold
  const vendor = new URL(".", document.currentScript.src).href;
  const explorers = new URL("../explorers/", vendor).href;
  let manager = null;
  let drawn = Promise.resolve(); // when all explorers so far are
  const readerIsThere = new Promise((resolve) => {
    const note = ({ type, target, movementX, movementY }) => {
      if (type === "scroll" && target !== document) return; // the theme scrolls the contents by itself
      if (type === "pointermove" && !movementX && !movementY) return; // the page came to lie under a mouse at rest
      resolve();
    };
    for (const sign of SIGNS) window.addEventListener(sign, note, { passive: true, capture: true });
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

  /** Load the libraries of explorers, and return what creates and shows them. */
  async function startManager() {
    const styles = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${vendor}explorers.css` });
    const isStyled = new Promise((resolve, reject) => Object.assign(styles, { onload: resolve, onerror: reject }));
    document.head.append(styles);
    await Promise.all([isStyled, fetchScript(`${vendor}explorers.js`)]);
    return window.explorerManager;
  }

  /** Return the stored widgets that an explorer needs: from files that its page names, or from the page. */
  async function storedWidgets(script) {
    const names = script.dataset.parts?.split(" ");
    if (!names) return [JSON.parse(document.querySelector(STATE).textContent)];
    await Promise.all(names.map((name) => (fetched[name] ??= fetchScript(`${explorers}${name}.js`))));
    return names.map((name) => parts[name]);
  }

  async function draw(script) {
    await readerIsThere;
    const [started, stored] = await Promise.all([(manager ??= startManager()), storedWidgets(script)]);
    const turn = drawn.then(async () => {
      const models = Object.entries(Object.assign({}, ...stored.map(({ state }) => state)));
      const missing = models.filter(([name]) => !started.has_model(name));
      await started.set_state({ ...stored[0], state: Object.fromEntries(missing) });
      const model = await started.get_model(JSON.parse(script.textContent).model_id);
      const place = Object.assign(document.createElement("div"), { className: "widget-subarea" });
      script.before(place);
      started.display(await started.create_view(model), place);
      await new Promise((resolve) => setTimeout(resolve)); // a pause for what the reader does
    });
    drawn = turn.catch(() => {}); // one that fails, which the console says, keeps no other one back
    return turn;
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

// Which chapters a reader has finished: a box to tick at the end of each, and marks in the contents and on the home
// page. It is kept in this browser and sent nowhere. Where a browser keeps nothing, none of this appears.

(function () {
  const KEY = "chapters-done";

  /** Return the name of the chapter that an address leads to, or undefined. */
  const chapterOf = (address) => new URL(address, location.href).pathname.match(/\/book\/(\d\d_\w+)\.html$/)?.[1];

  function read() {
    try {
      const names = JSON.parse(localStorage.getItem(KEY) ?? "[]");
      return new Set(Array.isArray(names) ? names : []);
    } catch {
      return new Set();
    }
  }

  function write(done) {
    localStorage.setItem(KEY, JSON.stringify([...done].sort()));
  }

  /** Mark the links to finished chapters, in the contents and on the cards. */
  function mark(done) {
    for (const old of document.querySelectorAll(".chapter-done-mark")) old.remove();
    const links = document.querySelectorAll(".bd-sidebar-primary .toctree-l1 > a, .sd-card a.sd-stretched-link");
    for (const link of links) {
      const card = link.closest(".sd-card");
      const isDone = done.has(chapterOf(link.href));
      card?.classList.toggle("chapter-done", isDone);
      if (!isDone) continue;
      const sign = document.createElement("span");
      sign.className = "chapter-done-mark";
      sign.setAttribute("role", "img");
      sign.setAttribute("aria-label", "finished");
      sign.textContent = "✓";
      (card?.querySelector(".sd-card-title") ?? link).append(sign);
    }
  }

  /** Say above the cards how many chapters are finished. */
  function count(done) {
    const cards = [...document.querySelectorAll(".sd-card a.sd-stretched-link")];
    const chapters = cards.map((link) => chapterOf(link.href)).filter(Boolean);
    const finished = chapters.filter((name) => done.has(name)).length;
    let line = document.querySelector(".chapters-done");
    if (chapters.length && !line) {
      line = document.createElement("p");
      line.className = "chapters-done";
      cards[0].closest(".sd-container-fluid").before(line);
    }
    if (!line) return;
    line.hidden = finished === 0;
    line.textContent = `You have finished ${finished} of ${chapters.length} chapters.`;
  }

  function show() {
    const done = read();
    mark(done);
    count(done);
    const box = document.querySelector(".chapter-done-box input");
    if (box) box.checked = done.has(chapterOf(location.href));
  }

  /** Put a box to tick at the end of a chapter. */
  function addBox(name) {
    const input = document.createElement("input");
    input.type = "checkbox";
    input.addEventListener("change", () => {
      const done = read();
      if (input.checked) done.add(name);
      else done.delete(name);
      write(done);
      show();
    });
    const label = document.createElement("label");
    label.append(input, " I have finished this chapter");
    const note = document.createElement("small");
    note.textContent = "Remembered in this browser only.";
    const box = document.createElement("p");
    box.className = "chapter-done-box";
    box.append(label, note);
    document.querySelector("article.bd-article")?.append(box);
  }

  try {
    write(read()); // throws where a browser keeps nothing
  } catch {
    return;
  }
  const here = chapterOf(location.href);
  if (here) addBox(here);
  show();
  window.addEventListener("pageshow", show); // also when the reader comes back to a page
  window.addEventListener("storage", show); // or ticks the box in another window
})();

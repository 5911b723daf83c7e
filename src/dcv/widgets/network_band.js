// The overview of the network explorer: all layers side by side, with lines between them. Where they do not fit, the
// band scrolls, and a row above it says which layers are in sight and leads to the others.

/** Where a map stands in the network. @typedef {{number: number, channel: number}} Spot */

/** One layer in the overview: its name, its maps, what it costs. */
class LayerColumn {
  /** @param {Element} parent @param {NetworkNode} node @param {string[]} names Of its units, if they have any. */
  constructor(parent, node, names) {
    this.node = node;
    const isVector = node.rows * node.columns === 1;
    this.box = element("div", "dcv-layer", parent);
    const heading = element("div", "dcv-layer-heading", this.box, { title: node.name });
    const name = element("div", "dcv-layer-name", heading);
    // A long name may go on in the next line after each of its parts: "stage1_block1_conv1".
    for (const part of node.name.split(/(?<=[_/ ])/)) name.append(part, element("wbr", ""));
    element("div", "dcv-layer-shape", heading).textContent = node.shape.join("×");
    const room = isVector ? { width: 45, largest: node.channels <= 16 ? 20 : 12 } : { width: 81 };
    const body = element("div", "", this.box);
    const row = element("div", "dcv-layer-maps", body);
    this.mosaic = new Mosaic(row, { label: node.name, ...room });
    const labels = element("div", "dcv-layer-units", row, { "aria-hidden": "true" });
    if (names.length === node.channels && names.length <= 16)
      for (const unit of names) element("span", "", labels).textContent = unit;
    const count = element("div", "dcv-layer-cost", body);
    count.textContent = node.parameters ? `${formatCount(node.parameters)} parameters` : "";
  }

  /** @param {Float32Array} values @param {{name: string, low: number, high: number}} scale */
  draw(values, scale) {
    const { name, layer, shape } = this.node;
    const range = `from ${formatNumber(scale.low)} to ${formatNumber(scale.high)}`;
    this.mosaic.draw(this.node, values, scale, `${name}, ${layer}, ${shapeText(shape)}, ${range}`);
  }

  /** @returns {{x: number, y: number, width: number, height: number}} Where a tile lies among the columns. */
  tileAt(channel) {
    const box = this.mosaic.boxOf(channel);
    const { stage } = this.mosaic;
    return { ...box, x: stage.offsetLeft + box.x, y: stage.offsetTop + box.y };
  }
}

/** All layers side by side. */
class LayerBand {
  /**
   * @param {Element} parent
   * @param {NetworkEngine} engine
   * @param {object} actions
   * @param {(number: number) => string[]} actions.namesOf The units of a layer.
   * @param {() => Spot} actions.chosen
   * @param {(number: number, channel: number) => void} actions.choose
   * @param {(number: number, channel: number) => void} actions.toggle Switch a map off, or on again.
   */
  constructor(parent, engine, actions) {
    this.engine = engine;
    this.actions = actions;
    this.#addWays(parent);
    this.frame = element("div", "dcv-band-frame", parent);
    this.band = element("div", "dcv-band", this.frame);
    this.row = element("div", "dcv-layers-row", this.band);
    this.lines = document.createElementNS(SVG, "svg");
    this.lines.setAttribute("class", "dcv-edges");
    this.lines.setAttribute("aria-hidden", "true");
    this.row.append(this.lines);
    this.columns = engine.nodes.map((node, number) => new LayerColumn(this.row, node, actions.namesOf(number)));
    const goesAround = engine.nodes.some(({ inputs }, i) => inputs.some((source) => source < i - 1));
    this.row.classList.toggle("dcv-with-ways", goesAround);
    this.columns.forEach((column, number) => this.#listen(column, number));
    /** @type {Spot|null} The map under the pointer. */
    this.hovered = null;
    this.drawnAnswer = ""; // for which image
    this.drawnLines = ""; // to which map
    this.shownNumber = -1; // the layer that was brought into sight last
    this.band.addEventListener("scroll", () => this.#drawWays(), { passive: true });
    this.resizing = new ResizeObserver(() => {
      this.drawnLines = "";
      this.#drawLines();
      this.#bringIntoSight("auto");
      this.#drawWays();
    });
    this.resizing.observe(this.band);
    this.resizing.observe(this.row);
  }

  /** The row that leads to the layers that are out of sight. */
  #addWays(parent) {
    this.ways = element("div", "dcv-row dcv-band-ways", parent);
    const makeButton = (text, label, direction) => {
      const button = element("button", "dcv-button", this.ways, { type: "button", "aria-label": label });
      button.textContent = text;
      button.addEventListener("click", () => this.#scroll(direction));
      return button;
    };
    this.earlier = makeButton("◀", "Earlier layers", -1);
    this.inSight = element("span", "dcv-band-sight", this.ways);
    this.later = makeButton("▶", "Later layers", 1);
    const label = element("label", "dcv-band-menu", this.ways);
    label.textContent = "Go to layer ";
    this.menu = element("select", "", label, { "aria-label": "Go to layer" });
    for (const { name } of this.engine.nodes) element("option", "", this.menu).textContent = name;
    this.menu.addEventListener("change", () => this.actions.choose(this.menu.selectedIndex, 0));
  }

  #listen({ node, mosaic }, number) {
    const { chosen, choose, toggle } = this.actions;
    const channel = () => chosen().channel;
    const goTo = (other) => {
      if (!this.columns[other]) return;
      choose(other, Math.min(channel(), this.engine.nodes[other].channels - 1));
      this.columns[other].mosaic.stage.focus({ preventScroll: true });
    };
    mosaic.onChoose({
      label: `Layer ${node.name}: arrow keys choose a ${node.rows * node.columns > 1 ? "map" : "unit"}, Delete switches it off`,
      chosen: () => (chosen().number === number ? channel() : -1),
      choose: (which) => choose(number, which),
      preview: (which) => this.#hover(which === null ? null : { number, channel: which }),
      keys: {
        Delete: () => toggle(number, channel()),
        Backspace: () => toggle(number, channel()),
        PageUp: () => goTo(number - 1),
        PageDown: () => goTo(number + 1),
      },
    });
    mosaic.stage.setAttribute("aria-keyshortcuts", "PageUp PageDown");
  }

  #hover(spot) {
    const before = this.hovered;
    if (spot?.number === before?.number && spot?.channel === before?.channel) return;
    this.hovered = spot;
    this.#mark();
    this.#drawLines();
  }

  /**
   * @param {object} state
   * @param {string} state.key The image, and what was done to it: while it stays the same, so do the maps.
   * @param {number} state.number
   * @param {number} state.channel
   * @param {[number, number][]} state.switchedOff
   * @param {(number: number) => {name: string, low: number, high: number}} coloursOf
   */
  draw({ key, number, channel, switchedOff }, coloursOf) {
    this.state = { number, channel, switchedOff };
    if (key !== this.drawnAnswer)
      this.columns.forEach((column, i) => column.draw(this.engine.outputs[i], coloursOf(i)));
    this.drawnAnswer = key;
    this.#mark();
    this.#drawLines();
    this.menu.selectedIndex = number;
    if (number === this.shownNumber) return;
    this.#bringIntoSight(this.shownNumber < 0 ? "auto" : this.#pace());
  }

  #mark() {
    const { number, channel, switchedOff } = this.state;
    this.columns.forEach(({ box, mosaic }, i) => {
      const marks = switchedOff.filter(([off]) => off === i).map(([, which]) => ({ channel: which, kind: "off" }));
      if (this.hovered?.number === i) marks.push({ channel: this.hovered.channel, kind: "second" });
      if (number === i) marks.push({ channel, kind: "window" });
      mosaic.mark(marks);
      box.classList.toggle("dcv-current", number === i);
      // One stop for the Tab key, whatever the number of layers; Page Up and Page Down lead on from there.
      mosaic.stage.tabIndex = number === i ? 0 : -1;
    });
  }

  // ------------------------------------------------------------------------------- what is in sight

  /** Scroll sideways until the chosen layer can be seen whole. @param {"auto"|"smooth"} behavior */
  #bringIntoSight(behavior) {
    const { band } = this;
    if (!this.state || !band.clientWidth) return;
    this.shownNumber = this.state.number;
    const { offsetLeft, offsetWidth } = this.columns[this.state.number].box;
    const isSeen = offsetLeft >= band.scrollLeft && offsetLeft + offsetWidth <= band.scrollLeft + band.clientWidth;
    if (!isSeen) band.scrollTo({ left: offsetLeft - (band.clientWidth - offsetWidth) / 2, behavior });
  }

  /** How to scroll: at once where motion is unwelcome. @returns {"auto"|"smooth"} */
  #pace() {
    return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  }

  #scroll(direction) {
    this.band.scrollBy({ left: direction * 0.8 * this.band.clientWidth, behavior: this.#pace() });
  }

  /** Say which layers can be seen, and shade the sides on which there are more. */
  #drawWays() {
    const { band, columns } = this;
    const [left, right] = [band.scrollLeft, band.scrollLeft + band.clientWidth];
    this.ways.hidden = band.scrollWidth <= band.clientWidth + 1;
    if (this.ways.hidden) return this.#shade(false, false);
    const seen = columns.flatMap(({ box }, i) => {
      const middle = box.offsetLeft + box.offsetWidth / 2;
      return middle >= left && middle <= right ? [i] : [];
    });
    const count = columns.length;
    this.inSight.textContent = seen.length ? `Layers ${seen[0] + 1} to ${seen[seen.length - 1] + 1} of ${count}` : "";
    this.#shade(left > 1, right < band.scrollWidth - 1);
  }

  #shade(before, after) {
    this.earlier.disabled = !before;
    this.later.disabled = !after;
    this.frame.classList.toggle("dcv-more-before", before);
    this.frame.classList.toggle("dcv-more-after", after);
  }

  // ------------------------------------------------------------------------------------------ lines

  /** Lines from the inputs of the map under the pointer, or of the chosen one; arcs for ways around layers. */
  #drawLines() {
    if (!this.state || !this.row.offsetWidth) return;
    const { number, channel } = this.hovered ?? this.state;
    const key = `${number} ${channel}`;
    if (key === this.drawnLines) return; // asking the page for places takes time
    this.drawnLines = key;
    const { columns, lines, row } = this;
    lines.setAttribute("width", String(row.offsetWidth));
    lines.setAttribute("height", String(row.offsetHeight));
    const paths = [];
    const add = (className, d, strength = 1) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", className);
      path.setAttribute("d", d);
      path.setAttribute("stroke-opacity", strength.toFixed(2));
      paths.push(path);
    };
    this.engine.nodes.forEach(({ inputs }, i) => {
      for (const source of inputs) {
        if (source === i - 1) continue;
        const [start, end] = [source, i].map(
          (which) => columns[which].box.offsetLeft + columns[which].mosaic.stage.offsetWidth / 2,
        );
        const { offsetTop: y } = columns[i].box;
        add("dcv-way", `M${start} ${y}C${start} ${y - 26} ${end} ${y - 26} ${end} ${y}`);
      }
    });
    const to = columns[number].tileAt(channel);
    const [x, y] = [to.x, to.y + to.height / 2];
    for (const [source, which, strength] of this.#connections(number, channel)) {
      const from = columns[source].tileAt(which);
      const [startX, startY] = [from.x + from.width, from.y + from.height / 2];
      const bend = Math.max((x - startX) / 2, 12);
      add("dcv-edge", `M${startX} ${startY}C${startX + bend} ${startY} ${x - bend} ${y} ${x} ${y}`, strength);
    }
    lines.replaceChildren(...paths);
  }

  /** @returns {[number, number, number][]} Node and channel of each input of a channel, and how strong its weights are. */
  #connections(number, channel) {
    const { engine } = this;
    const node = engine.nodes[number];
    if (!node.inputs.length) return [];
    const [before] = node.inputs;
    if (node.kind === "conv" || node.kind === "dense") {
      const strengths = this.#strengths(node, channel);
      const largest = Math.max(...strengths.map(([, strength]) => strength)) || 1;
      const strongest = strengths.sort((a, b) => b[1] - a[1]).slice(0, 64);
      return strongest.map(([source, strength]) => [before, source, 0.1 + 0.8 * (strength / largest)]);
    }
    if (node.kind === "reshape") return [[before, channel % engine.nodes[before].channels, 0.9]];
    if (node.kind === "concatenate") {
      let first = 0;
      for (const source of node.inputs) {
        const { channels } = engine.nodes[source];
        if (channel < first + channels) return [[source, channel - first, 0.9]];
        first += channels;
      }
    }
    if (node.activation?.name === "softmax") return Array.from({ length: node.channels }, (_, i) => [before, i, 0.5]);
    return node.inputs.map((source) => [source, channel, 0.9]);
  }

  /** @returns {[number, number][]} The inputs of a unit or filter, and the sizes of their weights. */
  #strengths(node, channel) {
    if (node.kind === "dense")
      return Array.from({ length: this.engine.inputOf(node).channels }, (_, i) => [
        i,
        Math.abs(node.kernel[i * node.channels + channel]),
      ]);
    return this.engine.sourcesOf(node, channel).map((source) => {
      const { values } = this.engine.kernelOf(node, channel, source);
      return [source, values.reduce((sum, weight) => sum + Math.abs(weight), 0)];
    });
  }

  stop() {
    this.resizing.disconnect();
  }
}

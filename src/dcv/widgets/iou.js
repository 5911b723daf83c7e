// Two boxes on squared paper, to move and to resize; the squares in both and in either are counted.

const NAMES = ["orange", "blue"];
const TRAITS = ["box", "other_box"];
/** Colours of squares in no box, the first, the second, both. */
const FILLS = [
  [250, 250, 250],
  [250, 222, 160],
  [170, 215, 243],
  [190, 190, 190],
];
const GRIP = 0.9; // squares around a corner in which the pointer takes hold of it
const STILL = 0.3; // squares that a pointer may move and still only tap

function render({ model, el }) {
  const size = model.get("size");
  let held = null; // what the pointer holds: { which, corner: [row end, column end] } or { which, offset }
  let tapped = null; // where it came down, until it moves, and what was chosen then

  const paper = new PixelGrid(el, { heading: "Squared paper", className: "dcv-square" });
  const { stage } = paper;
  const boxes = () => TRAITS.map((trait) => model.get(trait));
  const chosen = () => model.get("box_index");
  const moves = () => model.get("action_index") === 0;

  function compute() {
    const [box, other] = boxes();
    const areas = [boxArea(box), boxArea(other)];
    const intersection = intersectionArea(box, other);
    const union = areas[0] + areas[1] - intersection;
    const overlap = boxIou(box, other);
    const sizes = [box, other].map(
      ([top, left, bottom, right], i) => `${NAMES[i]}: ${bottom - top} × ${right - left} = ${areas[i]}`,
    );
    const correct =
      overlap >= 0.5
        ? "at least 0.5: a detection like this counts as correct"
        : "below 0.5: a detection like this counts as wrong";
    return {
      box,
      other,
      intersection,
      union,
      overlap,
      numbers: { box, other_box: other, areas, intersection, union, iou: overlap },
      readout:
        `Squares ${sizes.join(", ")}; in both ${intersection}, in either ${union}.\n` +
        `IoU = ${intersection} / ${union} = ${overlap.toFixed(2)}, ${correct}.\n` +
        `Arrow keys and taps ${moves() ? "move" : "resize"} the ${NAMES[chosen()]} box.`,
    };
  }

  function draw({ box, other, overlap, intersection, union }) {
    const squares = makeGrid(size, size, 1, new Uint8Array(size * size));
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++)
        squares.values[row * size + column] =
          Number(isInside(box, row, column)) + 2 * Number(isInside(other, row, column));
    paper.setHeading("Squared paper", `IoU = ${intersection} / ${union} = ${overlap.toFixed(2)}`);
    paper.draw(squares, {
      numbers: false,
      colours: (value) => FILLS[value],
      shade: (row, column) => (squares.values[row * size + column] === 3 ? "unused" : ""),
      label: `Squared paper with two boxes; the squares in both are hatched: ${intersection} of ${union}`,
    });
    const [, , bottom, right] = boxes()[chosen()];
    const outlines = [{ box }, { box: other, kind: "second" }];
    // What the arrow keys act on: a dot in the middle, or at the corner.
    const [y, x] = moves() ? toCenter(boxes()[chosen()]) : [bottom, right];
    showBoxes(paper, outlines);
    const grip = document.createElementNS(SVG, "circle");
    for (const [name, value] of Object.entries({ cx: x, cy: y, r: 0.4, class: "dcv-grip" }))
      grip.setAttribute(name, String(value));
    paper.overlay.append(grip);
  }

  // ------------------------------------------------------------------------------ what the reader does

  /** Put a box, held within the paper and at least one square large. */
  function put(which, [top, left, bottom, right]) {
    const box = [clamp(top, 0, size - 1), clamp(left, 0, size - 1), clamp(bottom, 1, size), clamp(right, 1, size)];
    if (box[2] > box[0] && box[3] > box[1]) setTraits(model, { [TRAITS[which]]: box });
  }

  /** Move a box so that its upper left corner comes as near to a place as the paper allows. */
  function moveTo(which, top, left) {
    const [, , height, width] = toCenter(boxes()[which]);
    const [row, column] = [clamp(Math.round(top), 0, size - height), clamp(Math.round(left), 0, size - width)];
    put(which, [row, column, row + height, column + width]);
  }

  onArrowKeys(stage, (down, right) => {
    const which = chosen();
    const box = boxes()[which];
    if (moves()) return moveTo(which, box[0] + down, box[1] + right);
    put(which, [box[0], box[1], clamp(box[2] + down, box[0] + 1, size), clamp(box[3] + right, box[1] + 1, size)]);
  });

  /** The corner under the pointer, of the chosen box first. */
  function cornerAt(y, x) {
    for (const which of [chosen(), 1 - chosen()])
      for (const row of [0, 2])
        for (const column of [1, 3]) {
          const box = boxes()[which];
          if (Math.hypot(box[row] - y, box[column] - x) < GRIP) return { which, row, column };
        }
    return null;
  }

  function take(event) {
    const { y, x } = pointAt(paper, event);
    const corner = cornerAt(y, x);
    const inside = [chosen(), 1 - chosen()].find((which) => isInside(boxes()[which], y, x));
    const which = corner?.which ?? inside ?? chosen();
    const [top, left] = boxes()[which];
    const [, , height, width] = toCenter(boxes()[which]);
    // Outside of both, the chosen box comes to the pointer.
    tapped = { y, x, which: chosen(), box: boxes()[chosen()], resizes: !moves() && corner?.which !== chosen() };
    held = corner ?? { which, offset: inside === undefined ? [height / 2, width / 2] : [y - top, x - left] };
    setTraits(model, { box_index: which, action_index: corner ? 1 : 0 });
    stage.setPointerCapture(event.pointerId);
    drag(event);
  }

  function drag(event) {
    if (!held) return;
    const { y, x } = pointAt(paper, event);
    if (tapped && Math.hypot(y - tapped.y, x - tapped.x) > STILL) tapped = null;
    if (held.offset) return moveTo(held.which, y - held.offset[0], x - held.offset[1]);
    /** @type {any} */
    const box = [...boxes()[held.which]];
    const limit = (value, end, start) => (end > 1 ? Math.max(value, start + 1) : Math.min(value, start - 1));
    box[held.row] = limit(Math.round(y), held.row, box[2 - held.row]);
    box[held.column] = limit(Math.round(x), held.column, box[4 - held.column]);
    put(held.which, box);
  }

  /** Who cannot drag can tap: the chosen box, or its lower right corner, comes to the pointer. */
  function tap({ y, x, which, box: [top, left], resizes }) {
    if (resizes) {
      setTraits(model, { box_index: which, action_index: 1 });
      put(which, [top, left, Math.max(Math.round(y), top + 1), Math.max(Math.round(x), left + 1)]);
    } else if (held.offset && held.which === which) {
      const [, , height, width] = toCenter(boxes()[which]);
      moveTo(which, y - height / 2, x - width / 2);
    }
  }

  function release(event) {
    if (held && tapped && event.type === "pointerup") tap(tapped);
    held = tapped = null;
  }

  stage.classList.add("dcv-active", "dcv-holds");
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-label", "Boxes: arrow keys move or resize the chosen one");
  stage.addEventListener("pointerdown", take);
  stage.addEventListener("pointermove", drag);
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, release);

  const explorer = runExplorer({ model, el, traits: [...TRAITS, "box_index", "action_index"], compute, draw });
  return () => explorer.stop();
}

export default { render };

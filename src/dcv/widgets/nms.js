// Non-maximum suppression on the candidates of a detector: who stays, and who removes whom.

function render({ model, el }) {
  const scenes = readGrid(model, "images");
  const names = model.get("class_names");
  const all = readRows(model, "candidates").map(([scene, ...row]) => ({
    scene,
    box: row.slice(0, 4),
    score: row[4],
    label: row[5],
  }));
  const candidatesOf = (scene) => all.filter((candidate) => candidate.scene === scene);

  const parts = element("div", "dcv-row", el);
  const picture = new PixelGrid(parts, { heading: "Scene", className: "dcv-square dcv-scene" });
  const side = element("div", "dcv-figure dcv-list", parts);
  const table = element("table", "dcv-rows", side);
  element("caption", "dcv-caption", table).textContent = "Candidates, highest score first";
  const header = element("tr", "", element("thead", "", table));
  for (const text of ["number", "class", "score", "what happens"])
    element("th", "", header, { scope: "col" }).textContent = text;
  const body = element("tbody", "", table);

  function compute() {
    const scene = model.get("scene_index");
    const candidates = candidatesOf(scene);
    const chosen = clamp(model.get("candidate"), 0, candidates.length - 1);
    const [scoreThreshold, iouThreshold] = [model.get("score_threshold"), model.get("iou_threshold")];
    const removedBy = suppressors(candidates, {
      scoreThreshold,
      iouThreshold,
      withinClasses: model.get("within_classes"),
    });
    const kept = candidates.flatMap((_, i) => (removedBy[i] === i ? [i] : []));
    const overlaps = candidates.map(({ box }, i) => (removedBy[i] < 0 ? 0 : boxIou(box, candidates[removedBy[i]].box)));
    const removed = removedBy.filter((by, i) => by >= 0 && by !== i).length;
    const weak = removedBy.filter((by) => by < 0).length;
    return {
      scene,
      candidates,
      chosen,
      removedBy,
      kept,
      overlaps,
      numbers: {
        scene,
        candidate: chosen,
        removed_by: removedBy,
        kept,
        overlaps,
        score_threshold: scoreThreshold,
        iou_threshold: iouThreshold,
      },
      readout:
        `Of ${candidates.length} candidates, ${kept.length} stay, ${removed} are removed by a better one; score too low: ${weak} ` +
        `(score above ${formatNumber(scoreThreshold)}, IoU up to ${formatNumber(iouThreshold)}, ${model.get("within_classes") ? "within classes" : "across classes"}).\n` +
        `Candidate ${chosen + 1}, ${names[candidates[chosen].label]}, score ${candidates[chosen].score.toFixed(2)}: ${fate({ removedBy, overlaps }, chosen)}.`,
    };
  }

  function fate({ removedBy, overlaps }, i) {
    if (removedBy[i] < 0) return "score too low";
    return removedBy[i] === i ? "stays" : `removed by ${removedBy[i] + 1}, IoU ${overlaps[i].toFixed(2)}`;
  }

  function draw(state) {
    const { scene, candidates, chosen, removedBy, kept } = state;
    picture.setHeading(`Scene ${scene + 1}`, `${kept.length} of ${candidates.length} candidates stay`);
    picture.draw(scenes[scene], {
      label: `Scene ${scene + 1} with ${candidates.length} candidates, of which ${kept.length} stay`,
    });
    const kind = (i) => (removedBy[i] < 0 ? "weak" : removedBy[i] === i ? "window" : "removed");
    const outlines = candidates.map(({ box }, i) => ({
      box,
      kind: kind(i),
      tag: removedBy[i] === i || i === chosen ? String(i + 1) : "",
    }));
    // Those that stay above the others, and the chosen one above all.
    const layer = (i) => (i === chosen ? 3 : ["weak", "removed", "window"].indexOf(kind(i)));
    const order = candidates.map((_, i) => i).sort((a, b) => layer(a) - layer(b));
    const shown = order.map((i) => outlines[i]);
    showBoxes(picture, [...shown.slice(0, -1), { box: candidates[chosen].box, kind: "chosen" }, ...shown.slice(-1)]);
    body.replaceChildren(
      ...candidates.map(({ label, score }, i) => {
        const row = element("tr", i === chosen ? "dcv-chosen-row" : "");
        element("th", "", row, { scope: "row" }).textContent = String(i + 1) + (i === chosen ? " ◀" : "");
        for (const text of [names[label], score.toFixed(2), fate(state, i)]) element("td", "", row).textContent = text;
        return row;
      }),
    );
  }

  const choose = (i) => setTraits(model, { candidate: clamp(i, 0, candidatesOf(model.get("scene_index")).length - 1) });
  const explorer = runExplorer({
    model,
    el,
    compute,
    draw,
    traits: ["scene_index", "score_threshold", "iou_threshold", "within_classes", "candidate"],
  });
  picture.onMove({
    label: "Candidates: arrow keys choose the next or the previous one",
    move: (down, right) => choose(explorer.state().chosen + down + right),
    choose: ({ row, column }) => {
      // Of those around the pointer the smallest, or else the one with the nearest centre.
      const { candidates } = explorer.state();
      const distance = ({ box }) => Math.hypot(toCenter(box)[0] - row, toCenter(box)[1] - column);
      const around = candidates.filter(({ box }) => isInside(box, row + 0.5, column + 0.5));
      const best = around.length
        ? around.reduce((a, b) => (boxArea(b.box) < boxArea(a.box) ? b : a))
        : candidates.reduce((a, b) => (distance(b) < distance(a) ? b : a));
      choose(candidates.indexOf(best));
    },
  });
  return () => explorer.stop();
}

/**
 * For each candidate, which one removes it, as `dcv.boxes.suppressors` does: its own number if it stays, −1 if
 * its score is too low. Candidates come with the highest score first.
 */
function suppressors(candidates, { scoreThreshold, iouThreshold, withinClasses }) {
  const removedBy = candidates.map(() => -1);
  candidates.forEach(({ box, score, label }, i) => {
    if (removedBy[i] >= 0 || score <= scoreThreshold) return;
    removedBy[i] = i;
    for (let j = i + 1; j < candidates.length; j++) {
      const other = candidates[j];
      const rivals = !withinClasses || other.label === label;
      if (removedBy[j] < 0 && other.score > scoreThreshold && rivals && boxIou(box, other.box) > iouThreshold)
        removedBy[j] = i;
    }
  });
  return removedBy;
}

export default { render };

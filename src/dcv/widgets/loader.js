// The front end that anywidget starts for every explorer. What all explorers share (shared.js, shared.css) lies in
// one model, which a page holds once; the explorer's own text follows it in the same module.

const PREFIX = "IPY_MODEL_"; // stands before the identifier of a model that another one refers to

async function render(context) {
  const { model, el } = context;
  const common = await model.widget_manager.get_model(model.get("_common").slice(PREFIX.length));
  for (const styles of [common.get("styles"), model.get("_styles")]) addOnce(styles, el.ownerDocument.head);
  const explorer = await importText(`${common.get("script")}\n${model.get("_script")}`);
  return explorer.render(context);
}

/** Add a style sheet to a page that does not have it yet. */
function addOnce(styles, head) {
  const present = [...head.querySelectorAll("style.dcv-styles")].some((node) => node.textContent === styles);
  if (styles && !present)
    head.append(Object.assign(document.createElement("style"), { className: "dcv-styles", textContent: styles }));
}

/** @returns {Promise<{render: Function}>} What the text of a module exports. */
async function importText(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

export default { render };

// Typesets formulas while the book is built. Reads one JSON text a line, {"tex": string, "display": boolean}, and
// answers each with one line: {"html": string}, or {"error": string}. A line {"styles": address of the fonts} is
// answered by the style sheet of all characters. MathML for screen readers is part of the HTML.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [library] = process.argv.slice(2); // the folder es5 of MathJax
const require = createRequire(import.meta.url);
const MathJax = await require(`${library}/node-main.js`).init({
  loader: { paths: { mathjax: library }, load: ["input/tex", "output/chtml", "a11y/assistive-mml"] },
  tex: { packages: { "[-]": ["noundefined", "noerrors"] }, formatError: (_, error) => raise(error) },
  chtml: { adaptiveCSS: false, fontURL: "FONTS" },
});
const adaptor = MathJax.startup.adaptor;

function raise(error) {
  throw error;
}

async function answer({ tex, display, styles }) {
  if (styles !== undefined) return { html: adaptor.textContent(MathJax.chtmlStylesheet()).replaceAll("FONTS", styles) };
  try {
    return { html: adaptor.outerHTML(await MathJax.tex2chtmlPromise(tex, { display })) };
  } catch (error) {
    return { error: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);

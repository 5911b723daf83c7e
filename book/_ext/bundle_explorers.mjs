// Bundles libraries of explorers.  node bundle_explorers.mjs ENTRY ANYWIDGET TARGET
// ENTRY imports them; ANYWIDGET is the front end in the Python package of this name, a text that calls `define`; TARGET
// is the script to write, with a style sheet beside it.

import { readFile } from "node:fs/promises";
import { build } from "esbuild";

const [entry, anywidget, target] = process.argv.slice(2);

const fromPython = {
  name: "anywidget",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^anywidget$/ }, () => ({ path: anywidget, namespace: "python" }));
    onLoad({ filter: /.*/, namespace: "python" }, async ({ path }) => {
      const define = "let made; const define = (_, make) => { made = make; };";
      return { contents: `${define}\n${await readFile(path, "utf-8")}\nexport default made;` };
    });
  },
};

await build({
  entryPoints: [entry],
  outfile: target,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "eof",
  plugins: [fromPython],
  logLevel: "error",
});

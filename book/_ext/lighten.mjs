// Makes the one style sheet and the one script of all pages small. Reads JSON:
//   {"styles": the theme's style sheets, "own": ours, "script": text, "users": [paths of pages and scripts]}
// and answers {"styles": text, "script": text}. Of the theme's rules it leaves out those for names of elements, classes
// and attributes that occur neither in a page nor in a script that adds to pages; of all the rest, white space.

import { text } from "node:stream/consumers";
import { transform } from "esbuild";
import { PurgeCSS } from "purgecss";

const { styles, own, script, users } = JSON.parse(await text(process.stdin));

const [{ css }] = await new PurgeCSS().purge({
  css: [{ raw: styles }],
  content: users,
  fontFace: true,
  keyframes: true,
  safelist: {
    // Names that scripts put together from parts, and those of the libraries of explorers, which come later.
    greedy: [/^(bs-)?(tooltip|popover)/, /jupyter|widget|^jp-|^lm-/],
  },
});

const options = { minify: true, legalComments: "eof", logLevel: "error" };
const [small, smallScript] = await Promise.all([
  transform(`${css}\n${own}`, { ...options, loader: "css" }),
  // Scripts run one after the other in the page, so that names of one are known in the next.
  transform(script, { ...options, minifyIdentifiers: false, loader: "js" }),
]);
process.stdout.write(JSON.stringify({ styles: small.code, script: smallScript.code }));

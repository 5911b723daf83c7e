// Leaves out of a style sheet what no page can use: rules for names of elements, classes and attributes that occur
// neither in a page nor in a script that adds to pages. Reads {"styles": text, "users": [paths of these files]} as JSON
// and writes a style sheet.

import { text } from "node:stream/consumers";
import { PurgeCSS } from "purgecss";

const { styles, users } = JSON.parse(await text(process.stdin));

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
process.stdout.write(css);

// How our JavaScript is checked; `make lint` runs it. shared.js, and boxes.js for the explorers of boxes, stand before
// an explorer's own file in one module: what they define is known there without an import.

const { readFileSync, readdirSync } = require("node:fs");
const { join } = require("node:path");
const js = require("@eslint/js");
const globals = require("globals");

const folder = "src/dcv/widgets";
const read = (name) => readFileSync(join(__dirname, folder, name), "utf-8");
const parts = readdirSync(join(__dirname, folder)).filter(
  (name) => name.endsWith(".js") && !/^export /m.test(read(name)),
);
const definitions = parts.flatMap((name) => [
  ...read(name).matchAll(/^(?:async function|function|class|const|let) (\w+)/gm),
]);
const known = Object.fromEntries(definitions.map(([, name]) => [name, "readonly"]));

module.exports = [
  js.configs.recommended,
  {
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-redeclare": ["error", { builtinGlobals: false }],
      "no-unused-vars": ["error", { vars: "local" }],
    },
    languageOptions: {
      ecmaVersion: 2024,
      sourceType: "script",
      globals: globals.browser,
    },
  },
  { files: [`${folder}/*.js`], languageOptions: { globals: known } },
  {
    files: [`${folder}/*.js`],
    ignores: parts.map((name) => `${folder}/${name}`),
    languageOptions: { sourceType: "module" },
    rules: { "no-unused-vars": "error" },
  },
  { files: ["book/_ext/explorer_*.js", "tests/browser/*.js"], languageOptions: { sourceType: "module" } },
  { files: ["book/_ext/*.mjs"], languageOptions: { sourceType: "module", globals: globals.node } },
  { files: ["eslint.config.js"], languageOptions: { sourceType: "commonjs", globals: globals.node } },
];

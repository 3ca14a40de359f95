// What `tsc` and `prettier` do not see.

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["target/", "web/pkg/", "wasm/worker/dist/", "**/node_modules/", "**/.wrangler/"] },
  js.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    rules: {
      eqeqeq: "error",
      "no-implicit-coercion": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
      // Hidden characters are what some patterns are about.
      "no-control-regex": "off",
      "no-misleading-character-class": "off",
    },
  },
  {
    files: ["web/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      // Remote words are shown as text, never parsed as HTML.
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "textContent or dom.js" },
        { property: "outerHTML", message: "textContent or dom.js" },
        { property: "insertAdjacentHTML", message: "textContent or dom.js" },
      ],
    },
  },
  { files: ["web/app/worker.js"], languageOptions: { globals: globals.worker } },
  { files: ["web/sw.js"], languageOptions: { globals: globals.serviceworker, sourceType: "script" } },
  { files: ["wasm/worker/entry.js"], languageOptions: { globals: globals.serviceworker } },
  { files: ["packaging/npm/**/*.js"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
  {
    files: ["**/*.mjs", "eslint.config.js"],
    // The tests' functions run in the page, too.
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
];

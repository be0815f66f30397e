import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Globals of Node that the scripts may use; a list of our own saves a package. */
const nodeGlobals = Object.fromEntries(
  [
    "AbortController",
    "AbortSignal",
    "Buffer",
    "URL",
    "clearInterval",
    "clearTimeout",
    "console",
    "fetch",
    "process",
    "setInterval",
    "setTimeout",
  ].map((name) => [name, "readonly"]),
);

/** Constructs that the house style does without, everywhere. */
const houseSyntax = [
  { selector: "ExportDefaultDeclaration", message: "Named exports only." },
  { selector: "TSEnumDeclaration", message: "A union of string literals instead of an enum." },
  { selector: "TSParameterProperty", message: "Assign fields in the constructor's body." },
  {
    selector:
      ":matches(FunctionDeclaration, MethodDefinition > FunctionExpression) > Identifier.params > TSTypeAnnotation > TSBooleanKeyword",
    message: "A boolean parameter: use a named options object.",
  },
];

/** Chance, clock and environment come in through ports. */
const portProperties = [
  { object: "Math", property: "random", message: "Chance comes in as an `Rng`." },
  { object: "Date", property: "now", message: "Time comes in as a `Clock`." },
  { object: "performance", property: "now", message: "Time comes in as a `Clock`." },
  { object: "process", property: "env", message: "The environment comes in as config." },
  { object: "process", property: "hrtime", message: "Time comes in as a `Clock`." },
];

const portSyntax = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: "Time comes in as a `Clock`." },
];

const domGlobals = ["document", "window", "localStorage", "sessionStorage", "navigator", "acquireVsCodeApi"].map(
  (name) => ({ name, message: "The DOM belongs to src/dashboard." }),
);

export default defineConfig(
  {
    ignores: [
      "dist/",
      "out/",
      "coverage/",
      "artefacts/",
      "node_modules/",
      "native/build/",
      "src/models/neural/assembly/",
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    rules: {
      curly: "error",
      eqeqeq: "error",
      "no-restricted-syntax": ["error", ...houseSyntax],
      "object-shorthand": "error",
      "prefer-const": "error",
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 60 }],
      "max-params": ["error", { max: 3 }],
      "no-nested-ternary": "error",
    },
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-params": "off",
      "@typescript-eslint/max-params": ["error", { max: 3 }],
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/prefer-readonly": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
    },
  },
  {
    files: ["src/**/*.ts", "test/unit/**/*.ts"],
    ignores: ["src/node/**", "src/*/main.ts"],
    rules: {
      "no-restricted-properties": ["error", ...portProperties],
      "no-restricted-syntax": ["error", ...houseSyntax, ...portSyntax],
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/cli/**"],
    rules: { "no-console": "error" },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/dashboard/**"],
    rules: { "no-restricted-globals": ["error", ...domGlobals] },
  },
  {
    // Inner loops over typed arrays, where an index that is checked once is used many times.
    files: ["src/**/*[kK]ernel*.ts", "src/models/neural/recurrentDecoder.ts"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines-per-function": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/explicit-module-boundary-types": "off",
    },
  },
  {
    files: ["**/*.mjs", "**/*.cjs", "*.js"],
    languageOptions: { globals: nodeGlobals },
    rules: { "no-unused-vars": ["error", { caughtErrors: "none" }] },
  },
  {
    files: ["**/*.cjs"],
    languageOptions: {
      sourceType: "commonjs",
      globals: { ...nodeGlobals, __dirname: "readonly", module: "writable", require: "readonly" },
    },
  },
  {
    // The tool asks for a default export.
    files: ["eslint.config.js"],
    rules: { "no-restricted-syntax": "off" },
  },
);

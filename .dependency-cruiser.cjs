// Turns layers.json into rules; nothing about a layer is written here.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const { layers, packages } = JSON.parse(readFileSync(join(__dirname, "layers.json"), "utf8"));
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
const inside = (place) => `^src/${escape(place)}${place.endsWith(".ts") ? "$" : "/"}`;

const layerRules = Object.entries(layers).map(([layer, { imports }]) => ({
  name: `layer-${layer}`,
  comment: `${layer} imports only: ${[layer, ...imports].join(", ")} (layers.json)`,
  severity: "error",
  from: { path: inside(layer) },
  to: { path: "^src/", pathNot: [layer, ...imports].map(inside) },
}));

const namedPackages = Object.keys(packages).filter((name) => name !== "node builtins" && name !== "DOM");

const packageRules = namedPackages.map((name) => ({
  name: `package-${name}`,
  comment: `${name} only in: ${packages[name].join(", ")} (layers.json)`,
  severity: "error",
  from: { path: "^src/", pathNot: packages[name].map(inside) },
  to: { path: `(^|/)(@types/)?${escape(name)}(/|$)`, pathNot: "^src/" },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...packageRules,
    {
      name: "unlisted-package",
      comment: "layers.json lists every package that src may import.",
      severity: "error",
      from: { path: "^src/" },
      to: {
        dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"],
        pathNot: namedPackages.map((name) => `(^|/)(@types/)?${escape(name)}(/|$)`),
      },
    },
    {
      name: "node-builtins",
      comment: `Node's own modules only in: ${packages["node builtins"].join(", ")} (layers.json)`,
      severity: "error",
      from: { path: "^src/", pathNot: packages["node builtins"].map(inside) },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "unlisted-layer",
      comment: "Every folder of src is a layer of layers.json.",
      severity: "error",
      from: { path: "^src/", pathNot: Object.keys(layers).map(inside) },
      to: {},
    },
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    { name: "unresolvable", severity: "error", from: {}, to: { couldNotResolve: true, pathNot: "^vscode$" } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};

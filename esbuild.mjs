/**
 * Bundles everything that runs: `node esbuild.mjs [--watch] [--production]` fills `dist`, which then runs with no
 * `node_modules` beside it. CommonJS, because the extension host and `worker_threads` under Electron load it as such.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { assemblyModules, compileAssembly } from "./scripts/lib/compileAssembly.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const require = createRequire(import.meta.url);
const isProduction = process.argv.includes("--production");

/** Bundles that run in Node: name in `dist` → source. */
const nodeEntries = {
  extension: "src/extension/main.ts",
  engine: "src/engine/main.ts",
  engineWorker: "src/engine/worker.ts",
  engineHelper: "src/engine/helperWorker.ts",
  predictor: "src/predictor/main.ts",
  counter: "src/predictor/counterWorker.ts",
  cli: "src/cli/main.ts",
};

/** Bundles that run in the webview. */
const browserEntries = { dashboard: "src/dashboard/main.ts" };

/**
 * tfjs-node 4.22.0 calls `util.isNullOrUndefined` and `util.isArray`, which Node 23 removed. Only its own files see this
 * module; a prototype instead of a copy leaves the deprecated getters of `util` untouched.
 */
const utilForTfjsNode = {
  name: "util-for-tfjs-node",
  setup(build) {
    build.onResolve({ filter: /^(node:)?util$/ }, (args) =>
      /[\\/]tfjs-node-gpu[\\/]/.test(args.importer) ? { path: "util", namespace: "util-for-tfjs-node" } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "util-for-tfjs-node" }, () => ({
      contents: `
        module.exports = Object.assign(Object.create(require("node:util")), {
          isNullOrUndefined: (value) => value === null || value === undefined,
          isArray: Array.isArray,
        });`,
      loader: "js",
      resolveDir: root,
    }));
  },
};

/**
 * One instance of tfjs in a bundle, whoever asks for it and how: the ES modules of the core and of the plain JavaScript backend. The
 * union package `tfjs`, which tfjs-node imports, would add layers, data and WebGL; tfjs-node uses the core with its
 * gradients and nothing else. Its one class is ES5 and calls the core's as a function, which a real class refuses.
 */
const oneTfjs = {
  name: "one-tfjs",
  setup(build) {
    const esModuleOf = (name) => join(dirname(require.resolve(`${name}/package.json`)), "dist", "index.js");
    build.onResolve({ filter: /^@tensorflow\/tfjs-(core|backend-cpu)$/ }, (args) => ({ path: esModuleOf(args.path) }));
    build.onResolve({ filter: /^@tensorflow\/tfjs$/ }, () => ({ path: "tfjs", namespace: "one-tfjs" }));
    build.onLoad({ filter: /.*/, namespace: "one-tfjs" }, () => ({
      contents: `
        import "@tensorflow/tfjs-core/dist/register_all_gradients";
        import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
        export * from "@tensorflow/tfjs-core";`,
      loader: "js",
      resolveDir: root,
    }));
    build.onLoad({ filter: /tfjs-node-gpu[\\/]dist[\\/]nodejs_kernel_backend\.js$/ }, async (args) => {
      const source = await readFile(args.path, "utf8");
      const superCall = "_super.call(this) || this";
      if (source.split(superCall).length !== 2) {
        return {
          errors: [
            { text: `${args.path} no longer contains ${superCall} once: look again at how it extends KernelBackend` },
          ],
        };
      }
      return { contents: source.replace(superCall, "Reflect.construct(_super, [], new.target)"), loader: "js" };
    });
  },
};

/** Stops the build if what looks for or downloads a prebuilt TensorFlow slips into a bundle: we load our own addon. */
const refuseNodePreGyp = {
  name: "refuse-node-pre-gyp",
  setup(build) {
    build.onResolve({ filter: /^@mapbox\/node-pre-gyp/ }, (args) => ({
      errors: [
        {
          text: `${args.importer} brings in node-pre-gyp: import @tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend and dist/register_all_kernels only`,
        },
      ],
    }));
  },
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  outdir: dist,
  sourcemap: true,
  logLevel: "info",
  legalComments: "linked",
  minifySyntax: isProduction,
  minifyWhitespace: isProduction,
};

const nodeBuild = {
  ...shared,
  entryPoints: nodeEntries,
  platform: "node",
  target: "node20",
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  external: ["vscode"],
  define: {
    "import.meta.url": "importMetaUrl",
    "import.meta.dirname": "__dirname",
    "import.meta.filename": "__filename",
  },
  banner: { js: `const importMetaUrl = require("node:url").pathToFileURL(__filename).href;` },
  plugins: [oneTfjs, utilForTfjsNode, refuseNodePreGyp],
};

const browserBuild = {
  ...shared,
  entryPoints: browserEntries,
  platform: "browser",
  target: "chrome122",
  format: "iife",
};

await rm(dist, { recursive: true, force: true });
await writeWasm();
if (process.argv.includes("--watch")) {
  for (const options of [nodeBuild, browserBuild]) {
    const context = await esbuild.context(options);
    await context.watch();
  }
} else {
  await Promise.all([esbuild.build(nodeBuild), esbuild.build(browserBuild)]);
}

/** What computes in WebAssembly: the predictor's decoder, and the trainer of the portable backend. */
async function writeWasm() {
  await mkdir(join(dist, "wasm"), { recursive: true });
  for (const name of Object.keys(assemblyModules)) {
    await writeFile(join(dist, "wasm", name), await compileAssembly(root, name));
  }
}

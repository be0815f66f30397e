import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { contentHash } from "./contentHash.mjs";
import { FriendlyError } from "./friendlyError.mjs";
import { writeAtomically } from "./installOnce.mjs";
import { cleanInstall } from "./npm.mjs";

/** What the bundles are made from. */
const buildInputs = [
  "src",
  "media",
  "native",
  "esbuild.mjs",
  "scripts/lib/compileAssembly.mjs",
  "tsconfig.json",
  "package-lock.json",
];
/** What the package is made from, besides the bundles. */
const packageInputs = [
  ...buildInputs,
  "syntaxes",
  "scripts/package.mjs",
  "scripts/lib",
  ".vscodeignore",
  "package.json",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
];

/** Path of the packaged extension, relative to the checkout. */
export const vsixPath = "artefacts/inkling.vsix";

/** Stops with a clear message under a Node that is too old. */
export function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new FriendlyError(`Inkling needs Node 20.19 or newer, and this is Node ${process.versions.node}.`);
  }
}

/** How far a checkout can be prepared; each includes those before it. */
export const preparations = ["packages", "tensorflow", "editor"];

/**
 * Brings a checkout to where it can be used: npm packages; bundles and TensorFlow; the VSIX. What fits already is
 * left alone.
 * @param options `until`: one of `preparations`
 * @returns the path of the VSIX
 */
export async function prepareCheckout({ root, cache, processes, progress, until = "editor" }) {
  const level = preparations.indexOf(until);
  await progress.step("npm packages", () => preparePackages(root, processes));
  let hasTensorflow = false;
  if (level >= preparations.indexOf("tensorflow")) {
    await progress.step("Build", () => build(root, processes));
    const tensorflow = await progress.step("TensorFlow", (note) => prepareTensorflow({ root, cache, processes, note }));
    hasTensorflow = tensorflow.isReady;
  }
  if (level >= preparations.indexOf("editor")) {
    await progress.step("VSIX", (note) => packageExtension({ root, cache, processes, hasTensorflow, note }));
  }
  return join(root, vsixPath);
}

async function preparePackages(root, processes) {
  if (hasLockedPackages(root)) {
    return { summary: "as package-lock.json says" };
  }
  await cleanInstall(processes, root);
  return { summary: "installed" };
}

/** Whether node_modules holds what package-lock.json names, by npm's own record of what it installed. */
export function hasLockedPackages(root) {
  const installed = readPackages(join(root, "node_modules/.package-lock.json"));
  const locked = readPackages(join(root, "package-lock.json"));
  if (installed === undefined || locked === undefined) {
    return false;
  }
  return Object.entries(locked).every(([path, entry]) => {
    const found = installed[path];
    if (path === "" || (found === undefined && entry.optional === true)) {
      return true;
    }
    return found?.version === entry.version && found.integrity === entry.integrity && existsSync(join(root, path));
  });
}

function readPackages(path) {
  if (!existsSync(path)) {
    return undefined;
  }
  return JSON.parse(readFileSync(path, "utf8")).packages;
}

async function build(root, processes) {
  return whenChanged(root, { inputs: buildInputs, stamp: "dist/.inputs", output: "dist/extension.cjs" }, () =>
    processes.run(process.execPath, ["esbuild.mjs", "--production"], { cwd: root }),
  );
}

/** With a TensorFlow at hand the package carries the addon; a package made without it is made again. */
async function packageExtension({ root, cache, processes, hasTensorflow, note }) {
  const made = { inputs: packageInputs, stamp: `${vsixPath}.inputs`, output: vsixPath, variant: String(hasTensorflow) };
  return whenChanged(root, made, async () => {
    const { lines } = await processes.run(process.execPath, ["scripts/package.mjs", "--out", vsixPath], {
      cwd: root,
      env: { ...process.env, INKLING_CACHE: cache },
    });
    lines.filter((line) => /\baddon\b/i.test(line)).forEach(note);
  });
}

/** Runs `make` unless its output is there and was made from the same inputs. */
async function whenChanged(root, { inputs, stamp, output, variant = "" }, make) {
  const hash = contentHash(root, inputs) + variant;
  const stampPath = join(root, stamp);
  if (existsSync(join(root, output)) && existsSync(stampPath) && readFileSync(stampPath, "utf8") === hash) {
    return { summary: "unchanged" };
  }
  await make();
  if (!existsSync(join(root, output))) {
    throw new FriendlyError(`${output} was not made.`);
  }
  writeAtomically(stampPath, hash);
  return { summary: output };
}

/** Prepares TensorFlow. Where it cannot be had, says why and goes on: Inkling has a backend that needs nothing. */
async function prepareTensorflow({ root, cache, processes, note }) {
  const { status, lines } = await processes.run(process.execPath, ["dist/cli.cjs", "setup"], {
    cwd: root,
    env: { ...process.env, INKLING_CACHE: cache },
    check: false,
    onLine: note,
  });
  if (status === 0) {
    return { isReady: true, summary: "ready" };
  }
  if (lines.length === 0) {
    note(`The set-up ended without a word (status ${status}).`);
  }
  return {
    isReady: false,
    summary: "not available (see above). Inkling will use its portable backend, which is slower",
  };
}

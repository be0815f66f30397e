/**
 * Packages the extension: `node scripts/package.mjs [--out PATH] [--target linux-x64|universal] [--portable] [--build]`.
 * The Linux x64 package carries the TensorFlow addon: this machine's own, or with `--portable` one for every Linux x64 that
 * TensorFlow runs on, which is the one to publish. The universal package has none and computes on the portable backend.
 * Works on a copy, so that the checkout's own `dist` never holds an addon.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { register } from "tsx/esm/api";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const execute = promisify(execFile);
const packaged = ["package.json", "README.md", "CHANGELOG.md", "LICENSE", ".vscodeignore", "dist", "media", "syntaxes"];

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "inkling.vsix" },
    target: {
      type: "string",
      default: process.platform === "linux" && process.arch === "x64" ? "linux-x64" : "universal",
    },
    portable: { type: "boolean", default: false },
    build: { type: "boolean", default: false },
  },
});
if (!["linux-x64", "universal"].includes(values.target)) {
  throw new Error(`--target is linux-x64 or universal, not ${values.target}`);
}
const out = resolve(values.out);
const staging = await mkdtemp(join(tmpdir(), "inkling-package-"));
try {
  await packageInto(staging);
} finally {
  await rm(staging, { recursive: true, force: true });
}
console.log(`${out}: ${((await stat(out)).size / 1e6).toFixed(1)} MB for ${values.target}`);

async function packageInto(folder) {
  if (values.build || !existsSync(join(root, "dist", "extension.cjs"))) {
    await execute(process.execPath, ["esbuild.mjs", "--production"], { cwd: root });
  }
  for (const name of packaged.filter((entry) => existsSync(join(root, entry)))) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  await rm(join(folder, "dist", "native"), { recursive: true, force: true });
  const hasAddon = values.target === "linux-x64" && (await addAddon(folder));
  await mkdir(dirname(out), { recursive: true });
  const part = `${out}.part`;
  await runVsce(folder, [
    "package",
    "--no-dependencies",
    "--allow-missing-repository",
    // The README's picture and pages are read in the repository; they are not part of the package.
    "--no-rewrite-relative-links",
    // Without an addon it runs anywhere, and must not claim to be the Linux package.
    ...(hasAddon ? ["--target", values.target] : []),
    "--out",
    part,
  ]);
  await rename(part, out);
}

/** Puts the prebuilt addon into the copy; says so and goes on where TensorFlow cannot be had. */
async function addAddon(folder) {
  register();
  const { providePackagedAddon } = await import("../src/node/tensorflow/packagedAddon.ts");
  const onProgress = ({ message, fraction }) => {
    if (fraction === undefined) {
      console.log(message);
    }
  };
  try {
    const output = join(folder, "dist", "native", "inkling_tfjs.node");
    const addon = await providePackagedAddon({ output, isPortable: values.portable, onProgress });
    if ("version" in addon) {
      console.log(`Addon built against TensorFlow ${addon.version}`);
      return true;
    }
    console.warn(`Packaged without the TensorFlow addon: ${addon.reasons.join("; ")}`);
  } catch (error) {
    if (error?.name !== "LmError") {
      throw error;
    }
    console.warn(`Packaged without the TensorFlow addon: ${error.message}`);
  }
  return false;
}

async function runVsce(cwd, args) {
  const vsce = createRequire(import.meta.url).resolve("@vscode/vsce/vsce");
  try {
    const { stdout, stderr } = await execute(process.execPath, [vsce, ...args], { cwd });
    console.log(`${stdout}${stderr}`.trim());
  } catch (error) {
    throw new Error(`vsce failed:\n${error.stdout ?? ""}${error.stderr ?? ""}`, { cause: error });
  }
}

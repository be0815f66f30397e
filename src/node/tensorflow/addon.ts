import { createHash } from "node:crypto";
import { access, constants, copyFile, readFile, readdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { LmError } from "../../base/errors.ts";
import { compileAddon } from "./compileAddon.ts";
import type { TensorflowInstallation } from "./installation.ts";
import { makeDirectory } from "./makeDirectory.ts";
import { isProcessAlive } from "../processLock.ts";
import { cacheError, type SetUpContext } from "./setupContext.ts";

/** Where an addon comes from: the one in the VSIX, or the source: tfjs's own in its npm package, and our ops. */
export type AddonOrigin =
  | { readonly kind: "prebuilt"; readonly path: string; readonly key: string }
  | {
      readonly kind: "source";
      readonly sources: readonly string[];
      readonly napiInclude: string;
      readonly key: string;
    };

/** Changes whenever compiling the same source gives another addon. */
const buildRecipe = "2: -O3 -std=c++17";

export interface AddonOptions {
  readonly installation: TensorflowInstallation;
  /** Whether an addon may be compiled; copying and linking are always allowed. */
  readonly mayBuild: boolean;
}

/**
 * The addon for a TensorFlow: the one made before, else the prebuilt one copied, else one compiled here.
 * @returns its path, or `null` where one would have to be compiled and must not be
 * @throws LmError `noCompiler`, `commandFailed`, `cacheUnwritable`, `diskFull`
 */
export async function provideAddon(options: AddonOptions, context: SetUpContext): Promise<string | null> {
  const { installation, mayBuild } = options;
  const origin = await findAddonOrigin(context.startDirectory);
  if (origin === null) {
    throw new LmError(
      "tensorflowUnusable",
      "Inkling's TensorFlow addon is neither in this package nor can it be built here, for its source is missing. Reinstall Inkling.",
    );
  }
  const name = `inkling_tfjs-${addonKey(origin, installation.version)}.node`;
  const homes = addonHomes(installation, context.roots);
  for (const home of homes) {
    const path = join(home, name);
    if (await isReadable(path)) {
      return path;
    }
  }
  if (origin.kind === "source" && !mayBuild) {
    return null;
  }
  return makeAddon({ origin, installation, homes, name }, context);
}

/** The prebuilt addon or its source, looked for from a directory upwards; `null` where there is neither. */
export async function findAddonOrigin(startDirectory: string): Promise<AddonOrigin | null> {
  const prebuilt = join(startDirectory, "native", "inkling_tfjs.node");
  if (await isReadable(prebuilt)) {
    return { kind: "prebuilt", path: prebuilt, key: hashOf([await readFile(prebuilt)]) };
  }
  const binding = await findUpwards(startDirectory, join("node_modules", "@tensorflow", "tfjs-node-gpu", "binding"));
  const napiInclude = await findUpwards(startDirectory, join("node_modules", "node-api-headers", "include"));
  const ops = await findUpwards(startDirectory, join("src", "models", "neural", "native"));
  if (binding === null || napiInclude === null || ops === null) {
    return null;
  }
  const paths = [...(await listSources(binding)), ...(await listSources(ops))];
  const contents = await Promise.all(paths.map((path) => readFile(path)));
  const sources = paths.filter((path) => path.endsWith(".cc"));
  return { kind: "source", sources, napiInclude, key: hashOf([Buffer.from(buildRecipe), ...contents]) };
}

/** C++ files of a folder, by name. */
async function listSources(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory)).filter((name) => /\.(cc|h)$/.test(name)).sort();
  return names.map((name) => join(directory, name));
}

function addonKey(origin: AddonOrigin, tensorflowVersion: string): string {
  return hashOf([Buffer.from(`${origin.kind} ${origin.key} ${tensorflowVersion}`)]);
}

/** Directories for the addon, best first: beside a TensorFlow of ours, else in a cache with a link to it. */
function addonHomes(installation: TensorflowInstallation, roots: readonly string[]): readonly string[] {
  const key = hashOf([Buffer.from(installation.directory)]);
  const linked = roots.map((root) => join(root, "addons", key));
  return installation.isOwned ? [installation.directory, ...linked] : linked;
}

interface AddonPlan {
  readonly origin: AddonOrigin;
  readonly installation: TensorflowInstallation;
  readonly homes: readonly string[];
  readonly name: string;
}

async function makeAddon(plan: AddonPlan, context: SetUpContext): Promise<string> {
  const { origin, installation, name } = plan;
  const home = await firstWritable(plan.homes);
  const path = join(home, name);
  const temporary = `${path}.${String(process.pid)}.part`;
  try {
    await removeAbandoned(home);
    if (home !== installation.directory) {
      await linkTensorflow(home, installation.directory);
    }
    if (origin.kind === "prebuilt") {
      await copyFile(origin.path, temporary);
    } else {
      await compileAddon(
        {
          sources: origin.sources,
          napiInclude: origin.napiInclude,
          tensorflow: join(installation.directory, "tensorflow"),
          output: temporary,
        },
        context,
      );
    }
    await rename(temporary, path);
    return path;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error instanceof LmError || context.signal.aborted ? error : cacheError(error, home);
  }
}

async function firstWritable(homes: readonly string[]): Promise<string> {
  let failure: unknown = null;
  for (const home of homes) {
    try {
      await makeDirectory(home);
      await access(home, constants.W_OK);
      return home;
    } catch (error) {
      failure ??= error;
    }
  }
  throw cacheError(failure, homes[0] ?? "");
}

/** Removes what processes left that died while they made an addon. */
async function removeAbandoned(home: string): Promise<void> {
  for (const entry of await readdir(home)) {
    const pid = /\.(\d+)\.part$/.exec(entry)?.[1];
    if (pid !== undefined && !isProcessAlive(Number(pid))) {
      await rm(join(home, entry), { force: true });
    }
  }
}

/** Puts a link to a TensorFlow beside the addon's place; replaced, not followed, if another one is there. */
async function linkTensorflow(home: string, directory: string): Promise<void> {
  const temporary = join(home, `tensorflow.${String(process.pid)}.part`);
  await rm(temporary, { force: true });
  await symlink(join(directory, "tensorflow"), temporary);
  await rename(temporary, join(home, "tensorflow"));
}

async function findUpwards(start: string, path: string): Promise<string | null> {
  for (let directory = start; ; directory = dirname(directory)) {
    const found = join(directory, path);
    if (await isReadable(found)) {
      return found;
    }
    if (relative(directory, dirname(directory)) === "") {
      return null;
    }
  }
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function hashOf(parts: readonly Buffer[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(part);
  }
  return hash.digest("hex").slice(0, 12);
}

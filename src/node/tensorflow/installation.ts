import { readFile, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ownedDirectory, type SetUpContext, type TensorflowFlavour } from "./setupContext.ts";

export type InstallationOrigin = "setting" | "environment" | "python" | "cache";

/** A TensorFlow whose libraries are all there and whose version fits; whether they load is the probe's business. */
export interface TensorflowInstallation {
  /** The folder that holds `tensorflow/` (and `nvidia/`), links resolved. */
  readonly directory: string;
  readonly version: string;
  readonly origin: InstallationOrigin;
  /** Made by set-up, in a folder of ours. */
  readonly isOwned: boolean;
}

export type Inspection =
  | { readonly kind: "fits"; readonly installation: TensorflowInstallation }
  | { readonly kind: "misfit"; readonly reason: string }
  /** Nothing is there, and nobody said that something should be. */
  | { readonly kind: "absent" };

/** A place where TensorFlow may be. */
export interface TensorflowCandidate {
  readonly path: string;
  readonly origin: InstallationOrigin;
  readonly isOwned: boolean;
}

/** What set-up records beside the libraries it installed: read back to notice damage. */
export interface InstallationManifest {
  readonly version: string;
  readonly flavour: TensorflowFlavour;
  /** Path below the installation's directory → size of every library. */
  readonly libraryBytes: Readonly<Record<string, number>>;
}

export const manifestName = "inkling.json";

const libraryNames = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

/** The versions whose C API the addon was tried with: 2.16.1, 2.18.1 and 2.21.0. */
const oldestVersion = [2, 16] as const;
const newestVersion = [2, 21] as const;

/** Where TensorFlow may be, in the order in which it is taken. */
export function tensorflowCandidates(
  context: Pick<SetUpContext, "env" | "roots">,
  places: {
    readonly settingPath: string | null;
    readonly pythonPath: string | null;
    readonly flavours: readonly TensorflowFlavour[];
  },
): readonly TensorflowCandidate[] {
  const candidates: TensorflowCandidate[] = [];
  const addForeign = (path: string | null | undefined, origin: InstallationOrigin): void => {
    if (path !== null && path !== undefined && path !== "") {
      candidates.push({ path, origin, isOwned: false });
    }
  };
  addForeign(places.settingPath, "setting");
  addForeign(context.env["INKLING_TENSORFLOW"], "environment");
  addForeign(places.pythonPath, "python");
  for (const flavour of places.flavours) {
    for (const root of context.roots) {
      candidates.push({ path: ownedDirectory(root, flavour), origin: "cache", isOwned: true });
    }
  }
  return candidates;
}

/**
 * Looks at a place: a folder that holds `tensorflow/`, that folder itself, a virtual environment, or its Python.
 * Reads a few names and sizes only.
 */
export async function inspectCandidate(candidate: TensorflowCandidate): Promise<Inspection> {
  const directory = await findSiteDirectory(candidate.path);
  if (directory === null) {
    const isAsked = candidate.origin === "setting" || candidate.origin === "environment";
    return isAsked ? misfit(candidate, `has no TensorFlow (no ${libraryNames.join(" and ")})`) : { kind: "absent" };
  }
  if (candidate.isOwned) {
    return inspectOwned(candidate, directory);
  }
  const version = await readVersion(directory);
  if (version === null) {
    return misfit(candidate, "does not say which version of TensorFlow it is");
  }
  if (!isSupportedVersion(version)) {
    const range = `${oldestVersion.join(".")} to ${newestVersion.join(".")}`;
    return misfit(candidate, `is TensorFlow ${version}; Inkling works with ${range}`);
  }
  return { kind: "fits", installation: { directory, version, origin: candidate.origin, isOwned: false } };
}

/** Whether the addon fits a TensorFlow of this version. */
export function isSupportedVersion(version: string): boolean {
  const [major, minor] = version.split(".").map((part) => Number.parseInt(part, 10));
  return major === oldestVersion[0] && minor !== undefined && minor >= oldestVersion[1] && minor <= newestVersion[1];
}

/** The manifest of an installation made by set-up, or `null` where there is none that can be read. */
export async function readManifest(directory: string): Promise<InstallationManifest | null> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(directory, manifestName), "utf8"));
    return isManifest(manifest) ? manifest : null;
  } catch {
    return null;
  }
}

async function inspectOwned(candidate: TensorflowCandidate, directory: string): Promise<Inspection> {
  const manifest = await readManifest(directory);
  if (manifest === null) {
    return misfit(candidate, "is incomplete; set up TensorFlow again");
  }
  for (const [path, bytes] of Object.entries(manifest.libraryBytes)) {
    const found = await sizeOf(join(directory, path));
    if (found !== bytes) {
      const what = found === null ? "is missing" : `has ${String(found)} bytes instead of ${String(bytes)}`;
      return misfit(candidate, `is damaged (${path} ${what}); set up TensorFlow again`);
    }
  }
  const { version } = manifest;
  return { kind: "fits", installation: { directory, version, origin: candidate.origin, isOwned: true } };
}

function misfit(candidate: TensorflowCandidate, what: string): Inspection {
  const origins: Record<InstallationOrigin, string> = {
    setting: `${candidate.path} (chosen in the settings)`,
    environment: `${candidate.path} (chosen by INKLING_TENSORFLOW)`,
    python: `${candidate.path} (the selected Python)`,
    cache: `${candidate.path} (installed by Inkling)`,
  };
  return { kind: "misfit", reason: `${origins[candidate.origin]} ${what}` };
}

async function findSiteDirectory(path: string): Promise<string | null> {
  const roots = [path, ...(basename(path) === "tensorflow" ? [dirname(path)] : [])];
  // A virtual environment, or the Python in its `bin`.
  for (const environment of [path, dirname(dirname(path))]) {
    for (const name of await namesIn(join(environment, "lib"))) {
      if (/^python3\.\d+t?$/.test(name)) {
        roots.push(join(environment, "lib", name, "site-packages"));
      }
    }
  }
  for (const root of roots) {
    const sizes = await Promise.all(libraryNames.map((name) => sizeOf(join(root, "tensorflow", name))));
    if (sizes.every((bytes) => bytes !== null)) {
      return realpath(root);
    }
  }
  return null;
}

/** The version in the name of the wheel's metadata folder, e.g. `tensorflow_cpu-2.21.0.dist-info`. */
async function readVersion(directory: string): Promise<string | null> {
  for (const name of await namesIn(directory)) {
    const version =
      /^(?:tensorflow|tensorflow_cpu|tf_nightly|tf_nightly_cpu|intel_tensorflow)-(\d+\.\d+[^-]*)\.dist-info$/.exec(
        name,
      )?.[1];
    if (version !== undefined) {
      return version;
    }
  }
  return null;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch {
    return [];
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch {
    return null;
  }
}

function isManifest(value: unknown): value is InstallationManifest {
  return (
    typeof value === "object" &&
    value !== null &&
    "version" in value &&
    typeof value.version === "string" &&
    "flavour" in value &&
    (value.flavour === "cpu" || value.flavour === "gpu") &&
    "libraryBytes" in value &&
    typeof value.libraryBytes === "object" &&
    value.libraryBytes !== null &&
    Object.values(value.libraryBytes).every((bytes) => typeof bytes === "number")
  );
}

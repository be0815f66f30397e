import type { FileReader } from "../base/ports.ts";
import { BINARY_NAME } from "./checkpointManifest.ts";

/** Everything of a checkpoint but its tensors. */
export const MANIFEST_NAME = "checkpoint.json";

/** The manifest of a tagger or classifier, which has a directory of its own. */
export const LABELLER_MANIFEST_NAME = "labeller.json";

/** The manifest of a network that only the engine can run, which has a directory of its own too. */
export const FAMILY_MANIFEST_NAME = "family.json";

/** Written and removed again, to see that something can be written. */
export const PROBE_NAME = "writable.probe";

/** There while a training writes to the directory. */
export const LOCK_NAME = "training.lock";

/** Files that file managers leave in folders a person would call empty. */
const IGNORABLE_NAMES = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/** What a crash in the midst of an atomic replacement may leave of a file of ours: its name and the store's suffix. */
const LEFTOVER_NAME =
  /^\.?(?:(?:weights|resume|documents|labeller|family)-[0-9a-f]{16}\.bin|(?:checkpoint|labeller|family)\.json|writable\.probe)\..*tmp.*$/;

/** Whether a directory has a manifest of this name; what is in it may be damaged all the same. */
export async function holdsManifest(
  directory: string,
  name: string,
  files: Pick<FileReader, "join" | "stat">,
): Promise<boolean> {
  return (await files.stat(files.join(directory, name)))?.kind === "file";
}

/** Whether a file may lie in a directory that is a checkpoint's or becomes one. */
export function isOurs(name: string): boolean {
  return name === MANIFEST_NAME || BINARY_NAME.test(name) || isByTheWay(name);
}

/** Whether a file may lie beside any model: trainings leave it there, or file managers. */
export function isByTheWay(name: string): boolean {
  return (
    name === PROBE_NAME ||
    name === LOCK_NAME ||
    name.startsWith(`${LOCK_NAME}.stale.`) ||
    isLeftover(name) ||
    IGNORABLE_NAMES.has(name)
  );
}

/** Whether a file may be removed once no manifest names it. */
export function isRemovable(name: string): boolean {
  return BINARY_NAME.test(name) || isLeftover(name);
}

/** Whether a crash left a file, of no use to anybody. */
export function isLeftover(name: string): boolean {
  return LEFTOVER_NAME.test(name);
}

/** Names of binaries that a manifest's text mentions. */
export function binaryNamesIn(manifestText: string | undefined): ReadonlySet<string> {
  const names = manifestText?.matchAll(/"((?:weights|resume|documents)-[0-9a-f]{16}\.bin)"/g) ?? [];
  return new Set(Array.from(names, ([, name = ""]) => name));
}

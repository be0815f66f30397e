import { LmError } from "../base/errors.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { CHECKPOINT_FORMAT, CHECKPOINT_VERSION, type CheckpointManifest } from "./checkpointManifest.ts";
import { describeDamage } from "./parseManifest.ts";
import { parameterEntries, splitTensors } from "./tensorBytes.ts";

/** The checkpoint of a manifest and its binaries, the weights first. */
export function toCheckpoint(manifest: CheckpointManifest, binaries: readonly Uint8Array[]): Checkpoint {
  const { spec, vocabulary, progress, origin, trainingPaths, validationPaths, gate, calibration } = manifest;
  const [weights = new Map()] = splitTensors(binaries[0] ?? new Uint8Array(0), [parameterEntries(spec)]);
  const parts = { spec, vocabulary, progress, origin, trainingPaths, validationPaths, gate };
  return { ...parts, ...(calibration === undefined ? {} : { calibration }), weights };
}

/**
 * A manifest may be right in its form and still describe no vocabulary that encodes every text.
 * Throws `LmError("checkpointCorrupt")` then.
 */
export function requireVocabulary({ vocabulary }: CheckpointManifest, path: string): void {
  try {
    restoreVocabulary(vocabulary);
  } catch (error) {
    const why = error instanceof LmError ? error.facts["why"] : undefined;
    if (typeof why !== "string") {
      throw error;
    }
    throw new LmError("checkpointCorrupt", describeDamage(path, `its vocabulary does not hold together, as ${why}`));
  }
}

/** The manifest of a checkpoint whose tensors and documents lie in `binaries`. */
export function toManifest(
  checkpoint: Checkpoint,
  binaries: Pick<CheckpointManifest, "weights" | "resume" | "documents">,
): CheckpointManifest {
  const { spec, vocabulary, progress, origin, trainingPaths, validationPaths, gate, calibration } = checkpoint;
  const parts = { spec, vocabulary, progress, origin, trainingPaths, validationPaths, gate };
  const fitted = calibration === undefined ? {} : { calibration };
  return { format: CHECKPOINT_FORMAT, version: CHECKPOINT_VERSION, ...parts, ...fitted, ...binaries };
}

import type { FileStore } from "../base/ports.ts";
import { LABELLER_MANIFEST_NAME } from "./checkpointFiles.ts";

/** Why there is no checkpoint in a directory, and what to do: what lies there instead may tell. */
export async function missingCheckpoint(
  directory: string,
  files: Pick<FileStore, "join" | "stat">,
): Promise<{ readonly kind: "missing"; readonly message: string }> {
  const labeller = await files.stat(files.join(directory, LABELLER_MANIFEST_NAME));
  const message =
    labeller?.kind === "file"
      ? `${directory} holds a tagger or classifier, which has read what comes after a place before it says anything of it, so it cannot predict or complete text. Train a language model with \`train\`, or use this one with \`tag apply\` or \`classify apply\`.`
      : `There is no Inkling checkpoint in ${directory}; train a model into it first, or name the directory of a trained one.`;
  return { kind: "missing", message };
}

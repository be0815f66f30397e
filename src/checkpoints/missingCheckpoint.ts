import type { FileStore } from "../base/ports.ts";
import { FAMILY_MANIFEST_NAME, holdsManifest, LABELLER_MANIFEST_NAME } from "./checkpointFiles.ts";

/** Why there is no checkpoint in a directory, and what to do: what lies there instead may tell. */
export async function missingCheckpoint(
  directory: string,
  files: Pick<FileStore, "join" | "stat">,
): Promise<{ readonly kind: "missing"; readonly message: string }> {
  return { kind: "missing", message: await messageFor(directory, files) };
}

async function messageFor(directory: string, files: Pick<FileStore, "join" | "stat">): Promise<string> {
  if (await holdsManifest(directory, LABELLER_MANIFEST_NAME, files)) {
    return `${directory} holds a tagger or classifier, which has read what comes after a place before it says anything of it, so it cannot predict or complete text. Train a language model with \`train\`, or use this one with \`tag apply\` or \`classify apply\`.`;
  }
  if (await holdsManifest(directory, FAMILY_MANIFEST_NAME, files)) {
    return `${directory} holds a network that only the engine can run: what suggests and replays has kernels for lstm, gru and rnn alone, of byte pairs or characters. Train one of these with \`train --model lstm\` for that; \`sample\` and \`evaluate\` work with this one, and \`compare\` sets its kind beside others.`;
  }
  return `There is no Inkling checkpoint in ${directory}; train a model into it first, or name the directory of a trained one.`;
}

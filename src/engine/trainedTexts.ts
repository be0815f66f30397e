import { sha256 } from "../node/sha256.ts";

/**
 * Which documents are token for token among those that a model was trained on, whatever their names.
 * @param documents both without START, with END; borrowed
 * @returns indices in `documents`
 */
export function findTrainedTexts(
  documents: readonly Uint16Array[],
  training: readonly Uint16Array[],
): readonly number[] {
  const lengths = new Set(documents.map(({ length }) => length));
  const digests = new Set(training.filter(({ length }) => lengths.has(length)).map(digestOf));
  return documents.flatMap((document, index) =>
    document.length > 1 && digests.has(digestOf(document)) ? [index] : [],
  );
}

function digestOf({ buffer, byteOffset, byteLength }: Uint16Array): string {
  return sha256([new Uint8Array(buffer, byteOffset, byteLength)]);
}

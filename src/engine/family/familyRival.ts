import { LmError } from "../../base/errors.ts";
import { readFamily, type StoredFamily } from "../../checkpoints/familyStore.ts";
import { bitsPerByteOf } from "../../evaluation/tally.ts";
import { sha256 } from "../../node/sha256.ts";
import type { TokenizerKind } from "../../tokens/vocabulary.ts";
import type { JobContext } from "../jobContext.ts";
import type { Rival } from "../rival.ts";
import type { Backend } from "../selectBackend.ts";
import { withStored } from "./openFamily.ts";
import { scoreText } from "./scoreText.ts";
import { encodeTexts } from "./splitText.ts";

interface RivalCall {
  readonly directory: string;
  /** What the new network's text is cut into. */
  readonly tokenizer: TokenizerKind | "word";
  /** The text that chooses weights now. */
  readonly validation: readonly string[];
  readonly corpusFingerprint: string;
  readonly backend: Backend;
}

/**
 * How well the network in a directory knows the text held out now; null where there is none that could be used. Words that are not known cost next to nothing, so of
 * two networks only one of which reads words nobody can say which is better.
 */
export async function judgeFamilyRival(call: RivalCall, context: JobContext): Promise<Rival | null> {
  try {
    const stored = await readFamily(call.directory, { files: context.files, sha256 });
    return { bitsPerByte: await scoreRival(stored, call, context) };
  } catch (error) {
    if (error instanceof LmError && (error.code === "checkpointMissing" || error.code === "checkpointCorrupt")) {
      return null;
    }
    throw error;
  }
}

async function scoreRival(
  stored: StoredFamily,
  { tokenizer, validation, corpusFingerprint, backend }: RivalCall,
  context: JobContext,
): Promise<number | null> {
  const { figures, origin, vocabulary } = stored;
  if ((vocabulary.kind === "word") !== (tokenizer === "word")) {
    return null;
  }
  if (origin["corpusFingerprint"] === corpusFingerprint) {
    return bitsPerByteOf(figures.validation);
  }
  const stream = encodeTexts(validation, { vocabulary, isContinuous: false });
  const score = await withStored(stored, backend, (model) => scoreText(model, stream, context));
  if (score === null) {
    return null;
  }
  const bitsPerByte = bitsPerByteOf(score);
  // Than a model of broken numbers anything is better.
  return Number.isFinite(bitsPerByte) ? bitsPerByte : Infinity;
}

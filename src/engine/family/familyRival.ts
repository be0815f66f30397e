import { LmError } from "../../base/errors.ts";
import type { PredictionStream } from "../../batches/predictionStream.ts";
import { readFamily, type StoredFamily } from "../../checkpoints/familyStore.ts";
import { sha256 } from "../../node/sha256.ts";
import type { AnyVocabulary } from "../../tokens/anyVocabulary.ts";
import { countUnknown } from "../../tokens/countUnknown.ts";
import type { JobContext } from "../jobContext.ts";
import type { Backend } from "../selectBackend.ts";
import { withStored } from "./openFamily.ts";
import { scoreText } from "./scoreText.ts";
import { encodeTexts } from "./splitText.ts";

/** The network that a fresh one would replace. */
export interface FamilyRival {
  /** What the text that chooses weights now costs it; null where that cannot be compared: only a run that comes to its end replaces it. */
  readonly nats: number | null;
}

interface RivalCall {
  readonly directory: string;
  /** The new network's. */
  readonly vocabulary: AnyVocabulary;
  /** The text that chooses weights now. */
  readonly validation: readonly string[];
  readonly corpusFingerprint: string;
  readonly backend: Backend;
}

/**
 * How well the network in a directory knows the text held out now; null where there is none that could be used. What the text costs two networks can be compared where
 * they read the same tokens, or spell the whole text out. Unknown tokens cost next to nothing, and words leave white space out, so else nobody can say which is better.
 */
export async function judgeFamilyRival(call: RivalCall, context: JobContext): Promise<FamilyRival | null> {
  try {
    const stored = await readFamily(call.directory, { files: context.files, sha256 });
    return { nats: await scoreRival(stored, call, context) };
  } catch (error) {
    if (error instanceof LmError && (error.code === "checkpointMissing" || error.code === "checkpointCorrupt")) {
      return null;
    }
    throw error;
  }
}

async function scoreRival(stored: StoredFamily, call: RivalCall, context: JobContext): Promise<number | null> {
  const { figures, origin, vocabulary } = stored;
  const stream = encode(call.validation, vocabulary);
  if (!readAlike(call, { vocabulary, stream })) {
    return null;
  }
  const { tokens, bytes, nats } = figures.validation;
  if (origin["corpusFingerprint"] === call.corpusFingerprint && tokens === stream.count && bytes === stream.bytes) {
    return nats;
  }
  const score = await withStored(stored, call.backend, (model) => scoreText(model, stream, context));
  if (score === null) {
    return null;
  }
  // Than a model of broken numbers anything is better.
  return Number.isFinite(score.nats) ? score.nats : Infinity;
}

/** Whether what both networks predict of the text is the same. */
function readAlike(
  { vocabulary: own, validation }: RivalCall,
  { vocabulary, stream }: { readonly vocabulary: AnyVocabulary; readonly stream: PredictionStream },
): boolean {
  if (JSON.stringify(own.serialize()) === JSON.stringify(vocabulary.serialize())) {
    return true;
  }
  const unknownTokens = countUnknown(stream.targets, vocabulary) + countUnknown(encode(validation, own).targets, own);
  return (own.kind === "word") === (vocabulary.kind === "word") && unknownTokens === 0;
}

function encode(texts: readonly string[], vocabulary: AnyVocabulary): PredictionStream {
  return encodeTexts(texts, { vocabulary, isContinuous: false });
}

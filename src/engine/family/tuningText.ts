import type { PredictionStream } from "../../batches/predictionStream.ts";
import type { FamilyManifest } from "../../checkpoints/familyStore.ts";
import { decodeText } from "../../corpus/decodeText.ts";
import type { JobContext } from "../jobContext.ts";
import { encodeTexts } from "./splitText.ts";

/** Text other than what is scored, by which it is chosen how a network adapts. */
export interface TuningText {
  /** Of files that the network learnt from; null where none is there. */
  readonly training: PredictionStream | null;
  /** Of files that were held out; null where none is there that is not scored. */
  readonly validation: PredictionStream | null;
}

/** UTF-16 units that are read of each part: gradients are taken of 250,000 tokens at most (`DynamicEvaluator`), and rates chosen on 15,000. */
const TRAINING_CHARS = 2_000_000;
const VALIDATION_CHARS = 100_000;

/**
 * The files that a network was trained with, as they are now where they were then.
 * @param scored real paths of what is scored, which is left out
 */
export async function readTuningText(
  { origin, vocabulary, trainingPaths, validationPaths }: FamilyManifest,
  scored: ReadonlySet<string>,
  context: JobContext,
): Promise<TuningText> {
  const folder = origin["folder"];
  const read = async (known: readonly string[], mostChars: number): Promise<PredictionStream | null> => {
    const texts: string[] = [];
    let chars = 0;
    for (const path of typeof folder === "string" ? known : []) {
      if (chars >= mostChars || context.signal.aborted) {
        break;
      }
      await context.pause();
      const [, ...segments] = path.split("/");
      const text = await readText(context.files.join(folder as string, ...segments), { scored, context });
      if (text !== null) {
        texts.push(text.slice(0, mostChars - chars));
        chars += text.length;
      }
    }
    const stream = encodeTexts(texts, { vocabulary, isContinuous: false });
    return chars === 0 ? null : stream;
  };
  return {
    training: await read(trainingPaths, TRAINING_CHARS),
    validation: await read(validationPaths, VALIDATION_CHARS),
  };
}

/** Null for what is scored, and for what is no text any more. */
async function readText(
  path: string,
  { scored, context: { files } }: { readonly scored: ReadonlySet<string>; readonly context: JobContext },
): Promise<string | null> {
  if ((await files.stat(path))?.kind !== "file" || scored.has((await files.realPath(path)) ?? path)) {
    return null;
  }
  const decoded = decodeText(await files.readFile(path));
  return decoded.kind === "text" ? decoded.text : null;
}

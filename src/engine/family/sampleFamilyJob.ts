import { LmError } from "../../base/errors.ts";
import { createRng } from "../../base/rng.ts";
import { normalizeLineEnds } from "../../corpus/decodeText.ts";
import { PieceIndex } from "../../decoding/pieceIndex.ts";
import { type SampleOptions, sampleText } from "../../decoding/sampleText.ts";
import { sampleWords } from "../../decoding/sampleWords.ts";
import { FamilyLanguageModel } from "../../models/neural/family/familyLanguageModel.ts";
import type { SampleFamilyEvent, SampleFamilyJob, SampleFamilyResult } from "../../protocol/familyMessages.ts";
import type { AnyVocabulary } from "../../tokens/anyVocabulary.ts";
import type { JobContext } from "../jobContext.ts";
import { withFamily } from "./openFamily.ts";

export interface SampleFamilyContext extends JobContext {
  readonly emit: (event: SampleFamilyEvent) => void;
}

/** The text that a network in a directory writes behind a prompt, until the length or the document's end is reached. Throws `LmError`; also `cancelled`. */
export function runSampleFamilyJob(job: SampleFamilyJob, context: SampleFamilyContext): Promise<SampleFamilyResult> {
  const { prompt, lengthTokens, temperature, topK, topP, seed, beamWidth } = job;
  return withFamily(job.model, context, async ({ vocabulary }, model) => {
    const work = writing(new FamilyLanguageModel(model), vocabulary, {
      prompt: normalizeLineEnds(prompt),
      lengthTokens,
      sampler: { temperature, topK: topK ?? Infinity, topP, rng: createRng(seed) },
      beamWidth,
      onText: (text) => {
        context.emit({ type: "text", text });
      },
      shouldStop: () => context.signal.aborted,
    });
    for (;;) {
      const step = work.next();
      if (context.signal.aborted) {
        throw new LmError("cancelled", "The writing was cancelled.");
      }
      if (step.done === true) {
        return { text: step.value };
      }
      await context.pause();
    }
  });
}

function writing(
  model: FamilyLanguageModel,
  vocabulary: AnyVocabulary,
  options: SampleOptions,
): Generator<void, string> {
  return vocabulary.kind === "word"
    ? sampleWords({ model, vocabulary }, options)
    : sampleText({ model, vocabulary, pieces: new PieceIndex(vocabulary) }, options);
}

import { LmError } from "../../base/errors.ts";
import { perplexityOf, spelledBitsPerByteOf } from "../../evaluation/tally.ts";
import type { EvaluationProgressEvent, NoticeEvent } from "../../protocol/engineMessages.ts";
import type { EvaluateFamilyJob, EvaluateFamilyResult } from "../../protocol/familyMessages.ts";
import { countUnknown } from "../../tokens/countUnknown.ts";
import type { JobContext } from "../jobContext.ts";
import { readTexts } from "../readTexts.ts";
import { unknownNotice } from "../unknownNotice.ts";
import { withFamily } from "./openFamily.ts";
import { scoreText } from "./scoreText.ts";
import { encodeTexts } from "./splitText.ts";

export interface EvaluateFamilyContext extends JobContext {
  readonly emit: (event: NoticeEvent | EvaluationProgressEvent) => void;
}

const PROGRESS_MS = 500;

/** Scores a network in a directory on files, each a document of its own, as it was trained. Throws `LmError`; also `cancelled`. */
export async function runEvaluateFamilyJob(
  { model: directory, paths }: EvaluateFamilyJob,
  context: EvaluateFamilyContext,
): Promise<EvaluateFamilyResult> {
  const { clock, signal, pause, emit } = context;
  const texts = await readTexts(paths, context);
  return withFamily(directory, context, async ({ network, vocabulary }, model) => {
    const stream = encodeTexts([...texts.values()], { vocabulary, isContinuous: false });
    const unknownTokens = countUnknown(stream.targets, vocabulary);
    if (unknownTokens > 0) {
      emit(unknownNotice({ unknownTokens, tokens: stream.count }));
    }
    let shownMs = clock.nowMs();
    const onRead = (share: number): void => {
      const nowMs = clock.nowMs();
      if (nowMs - shownMs >= PROGRESS_MS) {
        shownMs = nowMs;
        const tokens = Math.min(stream.count, Math.round(share * stream.count));
        emit({ type: "evaluationProgress", tokens, totalTokens: stream.count });
      }
    };
    const score = await scoreText(model, stream, { signal, pause, onRead });
    if (score === null) {
      throw new LmError("cancelled", "The evaluation was cancelled.");
    }
    const { tokens, bytes, nats, firstCount } = score;
    if (!Number.isFinite(nats)) {
      const message = `The model in ${directory} gives probabilities that are no numbers, so it is damaged. Train again to replace it.`;
      throw new LmError("checkpointCorrupt", message);
    }
    const bitsPerByte = spelledBitsPerByteOf({ ...score, unknownTokens });
    const figures = { perplexity: perplexityOf(score), bitsPerByte, top1: firstCount / tokens };
    return { network, tokens, unknownTokens, bytes, nats, ...figures };
  });
}

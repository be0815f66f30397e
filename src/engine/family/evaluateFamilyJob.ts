import { LmError } from "../../base/errors.ts";
import { bitsPerByteOf, perplexityOf } from "../../evaluation/tally.ts";
import type { EvaluationProgressEvent, NoticeEvent } from "../../protocol/engineMessages.ts";
import type { EvaluateFamilyJob, EvaluateFamilyResult } from "../../protocol/familyMessages.ts";
import type { JobContext } from "../jobContext.ts";
import { readTexts } from "../readTexts.ts";
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
    const figures = { perplexity: perplexityOf(score), bitsPerByte: bitsPerByteOf(score), top1: firstCount / tokens };
    return { network, tokens, bytes, nats, ...figures };
  });
}

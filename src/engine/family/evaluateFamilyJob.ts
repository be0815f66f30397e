import { LmError } from "../../base/errors.ts";
import { perplexityOf, spelledBitsPerByteOf } from "../../evaluation/tally.ts";
import type { EvaluationProgressEvent, NoticeEvent } from "../../protocol/engineMessages.ts";
import type { ExpertFigures } from "../../protocol/expertFigures.ts";
import type { EvaluateFamilyJob, EvaluateFamilyResult } from "../../protocol/familyMessages.ts";
import { countUnknown } from "../../tokens/countUnknown.ts";
import type { JobContext } from "../jobContext.ts";
import { readTexts } from "../readTexts.ts";
import { unknownNotice } from "../unknownNotice.ts";
import { scoreAdapted } from "./adaptFamily.ts";
import { withFamily } from "./openFamily.ts";
import { readStream, sumReading } from "./scoreText.ts";
import { encodeTexts } from "./splitText.ts";

export interface EvaluateFamilyContext extends JobContext {
  readonly emit: (event: NoticeEvent | EvaluationProgressEvent) => void;
}

const PROGRESS_MS = 500;

/** Scores a network in a directory on files, each a document of its own, as it was trained. Throws `LmError`; also `cancelled`. */
export async function runEvaluateFamilyJob(
  { model: directory, paths, adaptations }: EvaluateFamilyJob,
  context: EvaluateFamilyContext,
): Promise<EvaluateFamilyResult> {
  const { clock, signal, pause, emit } = context;
  const texts = await readTexts(paths, context);
  return withFamily(directory, context, async (stored, model) => {
    const { network, vocabulary } = stored;
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
    const isKeepingRows = adaptations.includes("neuralCache");
    const reading = await readStream(model, stream, { signal, pause, onRead, isKeepingRows });
    const score = sumReading(stream, reading);
    const { tokens, bytes, nats, firstCount } = score;
    throwIfCancelled(signal);
    if (!Number.isFinite(nats)) {
      const message = `The model in ${directory} gives probabilities that are no numbers, so it is damaged. Train again to replace it.`;
      throw new LmError("checkpointCorrupt", message);
    }
    const call = { stored, model, stream, reading, paths: new Set(texts.keys()), adaptations };
    const adapted = await scoreAdapted(call, context);
    throwIfCancelled(signal);
    const figuresOf = (sum: number | null): ExpertFigures | null =>
      sum === null ? null : { nats: sum, bitsPerByte: spelledBitsPerByteOf({ ...score, nats: sum, unknownTokens }) };
    const experts = {
      network: { nats, bitsPerByte: spelledBitsPerByteOf({ ...score, unknownTokens }) },
      dynamicEvaluation: figuresOf(adapted.dynamicEvaluation),
      neuralCache: figuresOf(adapted.neuralCache),
    };
    const { bitsPerByte } = experts.network;
    const figures = { perplexity: perplexityOf(score), bitsPerByte, top1: firstCount / tokens };
    return { network, tokens, unknownTokens, bytes, nats, ...figures, experts };
  });
}

function throwIfCancelled({ aborted }: AbortSignal): void {
  if (aborted) {
    throw new LmError("cancelled", "The evaluation was cancelled.");
  }
}

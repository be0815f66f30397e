import { LmError } from "../../base/errors.ts";
import type { DirectoryClaim } from "../../checkpoints/claimDirectory.ts";
import { withFamilyDirectory } from "../../checkpoints/familyStore.ts";
import type { Corpus } from "../../corpus/corpus.ts";
import { familyParameterCount } from "../../models/neural/family/familyShapes.ts";
import type { DoneEvent, NoticeEvent } from "../../protocol/engineMessages.ts";
import type { TrainFamilyJob } from "../../protocol/familyMessages.ts";
import type { TrainContext } from "../jobContext.ts";
import { readWorkspace } from "../readWorkspace.ts";
import type { Backend } from "../selectBackend.ts";
import { FamilyRecorder } from "./familyRecorder.ts";
import { judgeFamilyRival } from "./familyRival.ts";
import { type NetworkPlan, planNetwork } from "./networkPresets.ts";
import { planForText } from "./planForText.ts";
import { requireMemory } from "../requireMemory.ts";
import { countUnknown } from "../../tokens/countUnknown.ts";
import { unknownNotice } from "../unknownNotice.ts";
import { CANCELLED_EARLY, RECOVERY, type RunEnd, TOO_LITTLE_TIME } from "../runEnd.ts";
import { splitCorpus } from "./splitCorpus.ts";
import { type RawText, type SplitText, tokenizeText } from "./splitText.ts";
import { trainFamily } from "./trainFamily.ts";

/**
 * Trains a network of the family on a workspace and keeps the weights that were best on half of the held-out files in `job.out`, with what they reach on the other
 * half. A network that was there stays until a better one is there, or the run has come to its end. Ordinary misfortune throws `LmError`; cancellation is an outcome.
 */
export async function runTrainFamilyJob(job: TrainFamilyJob, context: TrainContext): Promise<DoneEvent> {
  // The budget is the user's time: it runs from the order, not from the first step.
  const beganMs = context.clock.nowMs();
  requireTrainable(job);
  context.emit({ type: "phase", phase: "backend" });
  const backend = await context.backend(job.backend);
  const end = await trainOnFolder({ job, backend, beganMs }, context);
  const { backend: name, device } = backend.description;
  return { type: "done", model: job.out, backend: name, device, ...end };
}

interface JobCall {
  readonly job: TrainFamilyJob;
  readonly backend: Backend;
  readonly beganMs: number;
}

interface FamilyCall extends JobCall {
  readonly corpus: Corpus;
  readonly raw: RawText;
  readonly text: SplitText;
  readonly plan: NetworkPlan;
}

async function trainOnFolder(call: JobCall, context: TrainContext): Promise<RunEnd> {
  const { job } = call;
  const { emit, signal, pause, files } = context;
  emit({ type: "phase", phase: "corpus" });
  const corpus = await readWorkspace({ ...job, unsaved: [] }, context);
  if (corpus === null) {
    return CANCELLED_EARLY;
  }
  const raw = splitCorpus(corpus);
  emit({ type: "phase", phase: "tokenizer" });
  await pause();
  const text = tokenizeText(raw, { ...job, signal });
  await pause();
  if (signal.aborted) {
    return CANCELLED_EARLY;
  }
  const plan = planForText(job.network, { settings: job.settings, text });
  const parameters = familyParameterCount(plan.spec);
  requireMemory(parameters, { freeBytes: context.freeBytes(), backend: call.backend.description });
  announce({ ...call, corpus, raw, text, plan }, context);
  // Only now: an order that cannot be carried out leaves no folder behind.
  return withFamilyDirectory(job.out, files, (claim) =>
    trainInto({ ...call, corpus, raw, text, plan, claim }, context),
  );
}

function announce({ corpus, text, plan }: FamilyCall, { emit }: TrainContext): void {
  const { takenCount, takenBytes, excludedCounts, duplicateCount, redactedCount } = corpus.report;
  emit({
    type: "corpus",
    ...{ takenCount, takenBytes, excludedCounts, duplicateCount, redactedCount },
    trainingTokens: text.training.count,
    validationTokens: text.validation.count + text.test.count,
    vocabularySize: text.vocabulary.size,
    parameterCount: familyParameterCount(plan.spec),
  });
  const notice = heldOutNotice(text);
  if (notice !== null) {
    emit(notice);
  }
}

/** Says in which half of the held-out text tokens are unknown: the other one has bits per byte. */
function heldOutNotice({ vocabulary, validation, test }: SplitText): NoticeEvent | null {
  const halves = [
    { place: "of the validation half", stream: validation },
    { place: "of the test half", stream: test },
  ].map(({ place, stream }) => ({
    place,
    unknownTokens: countUnknown(stream.targets, vocabulary),
    tokens: stream.count,
  }));
  const [first, second] = halves.filter(({ unknownTokens }) => unknownTokens > 0);
  if (first === undefined) {
    return null;
  }
  return unknownNotice(
    second === undefined
      ? first
      : {
          place: "of both held-out halves",
          unknownTokens: first.unknownTokens + second.unknownTokens,
          tokens: first.tokens + second.tokens,
        },
  );
}

async function trainInto(
  call: FamilyCall & { readonly claim: DirectoryClaim },
  context: TrainContext,
): Promise<RunEnd> {
  const { job, backend, beganMs, corpus, raw, text, plan } = call;
  const { clock, signal, pause, emit } = context;
  const rival = await judgeFamilyRival(
    {
      directory: job.out,
      vocabulary: text.vocabulary,
      validation: raw.validation,
      corpusFingerprint: corpus.fingerprint,
      backend,
    },
    context,
  );
  const startSeconds = (clock.nowMs() - beganMs) / 1000;
  const budgetSeconds = job.budgetSeconds === null ? null : job.budgetSeconds - startSeconds;
  const recorder = new FamilyRecorder({ ...call, rival, startSeconds }, context);
  if (budgetSeconds !== null && budgetSeconds <= 0) {
    return { stopped: "budget", nothingLearnt: TOO_LITTLE_TIME };
  }
  emit({ type: "phase", phase: "training" });
  return trainFamily(
    {
      plan,
      kernels: backend.kernels,
      ...{ training: text.training, validation: text.validation, clock, signal, pause },
      budgetSeconds,
      epochs: job.epochs,
      seed: job.seed,
      onStep: (report) => {
        recorder.onStep(report);
      },
      onProgress: (progress) => {
        recorder.onProgress(progress);
      },
      onPoint: (point) => {
        recorder.onPoint(point);
      },
      onBest: (best) => recorder.onBest(best),
      onRecovery: () => {
        emit(RECOVERY);
      },
    },
    (model, outcome) => recorder.finish(model, outcome),
  );
}

/** Refuses what would fail later, before anything is read. */
function requireTrainable({ budgetSeconds, epochs, network, settings }: TrainFamilyJob): void {
  if (budgetSeconds === null && epochs === null) {
    throw new LmError("badArgument", "A training needs an end: name a budget of time, or a number of epochs.");
  }
  planNetwork(network, { vocabularySize: 256, settings });
}

import assert from "node:assert/strict";
import { LmError } from "../../../../src/base/errors.ts";
import { readFamily } from "../../../../src/checkpoints/familyStore.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../../src/corpus/corpus.ts";
import { runEvaluateFamilyJob } from "../../../../src/engine/family/evaluateFamilyJob.ts";
import { runSampleFamilyJob } from "../../../../src/engine/family/sampleFamilyJob.ts";
import { runTrainFamilyJob } from "../../../../src/engine/family/trainFamilyJob.ts";
import { sha256 } from "../../../../src/node/sha256.ts";
import type { EvaluationProgressEvent, NoticeEvent, TrainEvent } from "../../../../src/protocol/engineMessages.ts";
import type { EvaluateFamilyJob, SampleFamilyJob, TrainFamilyJob } from "../../../../src/protocol/familyMessages.ts";
import type { JobBench } from "../jobBench.ts";

export const SMALL = {
  spec: { embeddingSize: 8, hiddenSize: 8 },
  recipe: { laneCount: 4, windowTokens: 8, learningRate: 0.02 },
};

export const JOB: TrainFamilyJob = {
  folders: [{ path: "/w", name: "w" }],
  // Of six files three.
  corpus: { ...DEFAULT_CORPUS_SETTINGS, validationFraction: 0.5 },
  out: "/model",
  network: "qrnn",
  settings: SMALL,
  tokenizer: "char",
  vocabularySize: null,
  budgetSeconds: null,
  epochs: 2,
  backend: "portable",
  seed: 1,
};

export const SAMPLE: SampleFamilyJob = {
  model: "/model",
  prompt: "",
  lengthTokens: 20,
  temperature: 0.8,
  topK: null,
  topP: 1,
  seed: 1,
  beamWidth: null,
};

export interface TrainingChoice {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainEvent) => void;
}

export async function train(bench: JobBench, changes: Partial<TrainFamilyJob> = {}, choice: TrainingChoice = {}) {
  const events: TrainEvent[] = [];
  const emit = (event: TrainEvent): void => {
    events.push(event);
    choice.onEvent?.(event);
  };
  const done = await runTrainFamilyJob({ ...JOB, ...changes }, { ...bench.context(choice.signal), emit });
  const evaluations = events.flatMap((event) => (event.type === "evaluation" ? [event] : []));
  return { done, events, evaluations };
}

/** Cancels at the n-th event of a type. */
function cancelAfter(type: TrainEvent["type"], count: number): Required<TrainingChoice> {
  const controller = new AbortController();
  let left = count;
  return {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === type && --left === 0) {
        controller.abort();
      }
    },
  };
}

/** Cancels once as many looks were kept. */
export const cancelAfterSaves = (saves: number): Required<TrainingChoice> => cancelAfter("checkpoint", saves);

export const cancelAfterLooks = (looks: number): Required<TrainingChoice> => cancelAfter("evaluation", looks);

export const stored = (bench: JobBench) => readFamily("/model", { files: bench.files, sha256 });

export const sample = (bench: JobBench, changes: Partial<SampleFamilyJob> = {}) =>
  runSampleFamilyJob({ ...SAMPLE, ...changes }, { ...bench.context(), emit: () => undefined });

export async function evaluateAloud(bench: JobBench, changes: Partial<EvaluateFamilyJob>) {
  const notices: string[] = [];
  const emit = (event: NoticeEvent | EvaluationProgressEvent): void => {
    notices.push(...(event.type === "notice" ? [event.message] : []));
  };
  const job: EvaluateFamilyJob = { model: "/model", paths: [], adaptations: [], ...changes };
  return { result: await runEvaluateFamilyJob(job, { ...bench.context(), emit }), notices };
}

export const evaluate = async (bench: JobBench, paths: readonly string[]) =>
  (await evaluateAloud(bench, { paths })).result;

export async function refuses(work: Promise<unknown>, code: LmError["code"], message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof LmError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}

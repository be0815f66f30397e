import assert from "node:assert/strict";
import type { ResumeState } from "../../../src/checkpoints/checkpoint.ts";
import { openCheckpointStore } from "../../../src/checkpoints/checkpointStore.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../src/corpus/corpus.ts";
import type { JobContext, ProcessMeter } from "../../../src/engine/jobContext.ts";
import { runTrainJob } from "../../../src/engine/trainJob.ts";
import type { NeuralKernels } from "../../../src/models/neural/neuralKernels.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { createScalarKernel } from "../../../src/models/neural/scalarKernel.ts";
import { sha256 } from "../../../src/node/sha256.ts";
import type { DeviceName } from "../../../src/protocol/backendDescription.ts";
import type { DoneEvent, TrainEvent, TrainOptions } from "../../../src/protocol/engineMessages.ts";
import { RecordingLog } from "../../fakes/recordingLog.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { sourceText } from "../../integration/smallWorkspace.ts";
import { MemoryFiles } from "../corpus/memoryFiles.ts";

export interface Trained {
  readonly done: DoneEvent;
  readonly events: readonly TrainEvent[];
}

/** An engine's job over files in memory, on plain JavaScript. */
export class JobBench {
  public readonly files: MemoryFiles;
  readonly #time = new ManualTime();
  /** What computes. */
  public kernels: NeuralKernels = portableKernels;
  /** Where that is said to be. */
  public device: DeviceName = "cpu";
  /** Measures what steps take; unless it is set, nobody does. */
  public meter: ProcessMeter | undefined;

  public constructor(files?: Readonly<Record<string, string>>) {
    const sources = Array.from(
      { length: 6 },
      (_, index) => [`/w/m${index}.js`, sourceText(index).slice(0, 700)] as const,
    );
    this.files = new MemoryFiles(files ?? Object.fromEntries(sources));
  }

  public async train(
    changes: Partial<TrainOptions>,
    {
      signal = new AbortController().signal,
      onEvent,
    }: { signal?: AbortSignal; onEvent?: (event: TrainEvent) => void } = {},
  ): Promise<Trained> {
    const events: TrainEvent[] = [];
    const options: TrainOptions = {
      budgetSeconds: null,
      epochs: 2,
      tokenizer: "bpe",
      vocabularySize: 256,
      hiddenSize: 8,
      layerCount: 1,
      backend: "portable",
      seed: 1,
      isResume: false,
      ...changes,
    };
    const job = {
      folders: [{ path: "/w", name: "w" }],
      unsaved: [],
      corpus: DEFAULT_CORPUS_SETTINGS,
      out: "/model",
      options,
    };
    const emit = (event: TrainEvent): void => {
      events.push(event);
      onEvent?.(event);
    };
    const measured = this.meter === undefined ? {} : { meter: this.meter };
    return { done: await runTrainJob(job, { ...this.context(signal), ...measured, emit }), events };
  }

  public context(signal = new AbortController().signal): JobContext {
    return {
      files: this.files,
      clock: this.#time,
      log: new RecordingLog(),
      createKernel: createScalarKernel,
      signal,
      freeBytes: () => 4e9,
      isCaseSensitive: true,
      backend: () =>
        Promise.resolve({
          kernels: this.kernels,
          description: { backend: "portable", device: this.device, tensorflow: null, reasons: [] },
        }),
      openStore: (directory) => openCheckpointStore(directory, this.files, sha256),
      globalGitignorePath: () => Promise.resolve(undefined),
      pause: () => {
        this.#time.advance(400);
        return Promise.resolve();
      },
    };
  }

  /** Makes a binary of the model one that was not written so. */
  public async damage(role: "weights" | "documents"): Promise<void> {
    const entries = await this.files.listDirectory("/model");
    const name = entries.map((entry) => entry.name).find((some) => some.startsWith(role));
    assert.ok(name !== undefined);
    this.files.add(`/model/${name}`, "damaged");
  }

  public async resumeState(): Promise<ResumeState> {
    const read = await openCheckpointStore("/model", this.files, sha256).readResume();
    assert.equal(read.kind, "resume");
    return read.resume;
  }
}

export function cancelAfter(stepCount: number): { signal: AbortSignal; onEvent: (event: TrainEvent) => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === "progress" && event.step >= stepCount) {
        controller.abort();
      }
    },
  };
}

export function cancelAtPerplexity(highest: number): { signal: AbortSignal; onEvent: (event: TrainEvent) => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === "evaluation" && event.perplexity <= highest) {
        controller.abort();
      }
    },
  };
}

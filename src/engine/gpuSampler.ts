import type { Clock, Log } from "../base/ports.ts";
import { beginGpuUsage, type GpuAnswer, gpuSummaryRows, type GpuUsage } from "../protocol/gpuUsage.ts";

export interface GpuSamplerContext {
  readonly readGpus: () => Promise<GpuAnswer>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Time between two readings: what shows is as fresh as a person needs. */
const READING_MS = 5000;
const NO_ANSWERS = { absent: "there is no nvidia-smi to ask", read: "nvidia-smi tells of no GPU" } as const;
/** A log is read afterwards. */
const LOGGED_MS = 60_000;

/**
 * Reads the GPUs every few seconds of a training, beside its steps: a reading is asked for when progress is told, so none is while a run
 * stands still, and comes with the progress after it. One is under way at a time, and where one fails the run has no more.
 */
export class GpuSampler {
  readonly #context: GpuSamplerContext;
  #isAsked = false;
  #askedMs = -Infinity;
  #loggedMs = -Infinity;
  #arrived: readonly GpuUsage[] | undefined;

  public constructor(context: GpuSamplerContext) {
    this.#context = context;
  }

  /** What came since the last call, at most one reading of each GPU. Never waits. */
  public take(): readonly GpuUsage[] | undefined {
    const nowMs = this.#context.clock.nowMs();
    if (!this.#isAsked && nowMs - this.#askedMs >= READING_MS) {
      this.#isAsked = true;
      this.#askedMs = nowMs;
      void this.#ask();
    }
    const arrived = this.#arrived;
    this.#arrived = undefined;
    return arrived;
  }

  async #ask(): Promise<void> {
    let answer: GpuAnswer;
    try {
      answer = await this.#context.readGpus();
    } catch (error) {
      // A process that cannot be started for want of memory is no reason to end a training.
      answer = { kind: "failed", reason: String(error) };
    }
    if (answer.kind === "read" && answer.gpus.length > 0) {
      this.#arrived = beginGpuUsage(answer.gpus);
      this.#isAsked = false;
      this.#tell(answer.gpus);
      return;
    }
    // It stays asked: a program that hangs may still be there, and there is to be no second.
    const reason = answer.kind === "failed" ? answer.reason : NO_ANSWERS[answer.kind];
    this.#context.log.write("info", `Memory and utilisation of the GPU are not shown: ${reason}`);
  }

  #tell(gpus: Parameters<typeof gpuSummaryRows>[0]): void {
    const nowMs = this.#context.clock.nowMs();
    if (nowMs - this.#loggedMs >= LOGGED_MS) {
      this.#loggedMs = nowMs;
      for (const [label, summary] of gpuSummaryRows(gpus)) {
        this.#context.log.write("info", `${label}: ${summary}`);
      }
    }
  }
}

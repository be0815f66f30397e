import type { Disposable } from "../base/disposable.ts";
import type { MessagePortLike } from "../base/ports.ts";
import type { BackendChoice } from "../protocol/backendDescription.ts";
import type { EngineRequests } from "../protocol/engineMessages.ts";
import type { PauseEvent } from "../protocol/pauseEvent.ts";
import { serve } from "../protocol/requestChannel.ts";
import { runCompareJob } from "./comparison/compareJob.ts";
import { runEvaluateJob } from "./evaluateJob.ts";
import { runEvaluateFamilyJob } from "./family/evaluateFamilyJob.ts";
import { runExplainFamilyJob } from "./family/explainFamilyJob.ts";
import { runSampleFamilyJob } from "./family/sampleFamilyJob.ts";
import { runTrainFamilyJob } from "./family/trainFamilyJob.ts";
import { runGradientJob } from "./gradients/gradientJob.ts";
import { runApplyLabellerJob, runEvaluateLabellerJob, runTrainLabellerJob } from "./labelling/labelJobs.ts";
import { runLanguagesJob } from "./labelling/languagesJob.ts";
import { PausableTime } from "./pausableTime.ts";
import { type Backend, type BackendContext, selectBackend } from "./selectBackend.ts";
import { explainMemory } from "./memoryFailure.ts";
import type { JobContext, ProcessMeter } from "./jobContext.ts";
import { parameterCount } from "../models/neural/networkSpec.ts";
import { requireMemory } from "./requireMemory.ts";
import { timeNetwork } from "./timeNetwork.ts";
import { timeTraining } from "./timeTraining.ts";
import { runTrainJob } from "./trainJob.ts";

/** The world of the engine's jobs: all but what differs from request to request. */
export interface EngineServiceContext extends Omit<JobContext, "backend" | "signal">, BackendContext {
  readonly meter: ProcessMeter;
}

interface PausableRequest {
  readonly emit: (event: PauseEvent) => void;
  readonly signal: AbortSignal;
}

type OwnContext = EngineServiceContext & Pick<JobContext, "backend" | "signal">;

/**
 * Answers the engine's requests in this thread. The first request's choice of a backend is the thread's for good: tfjs has
 * one current backend a thread, and the supervisor gives every choice a thread of its own.
 */
export function serveEngine(port: MessagePortLike, context: EngineServiceContext): Disposable {
  let chosen: Promise<Backend> | undefined;
  const backend = (choice: BackendChoice): Promise<Backend> => {
    chosen ??= selectBackend(choice, context).catch((error: unknown) => {
      chosen = undefined; // What was missing may be there at the next request.
      throw error;
    });
    return chosen;
  };
  let running: PausableTime | undefined;
  /** Runs what trains: `pauseTraining` has it stand still, and its clock with it. */
  const pausable = async <T>({ emit, signal }: PausableRequest, run: (own: OwnContext) => Promise<T>): Promise<T> => {
    const time = new PausableTime({
      ...context,
      signal,
      onChange: (isPaused) => {
        emit({ type: "pause", isPaused });
      },
    });
    running = time;
    try {
      const pause = (beforeStanding?: () => Promise<void>): Promise<void> => time.pause(beforeStanding);
      return await explained(run({ ...context, clock: time, pause, backend, signal }));
    } finally {
      running = undefined;
    }
  };
  return serve<EngineRequests>(port, {
    describe: async (params) => (await backend(params.backend)).description,
    readGpus: () => context.meter.readGpus(),
    train: (job, { emit, signal }) => pausable({ emit, signal }, (own) => runTrainJob(job, { ...own, emit })),
    trainFamily: (job, { emit, signal }) =>
      pausable({ emit, signal }, (own) => runTrainFamilyJob(job, { ...own, emit })),
    sampleFamily: (job, { emit, signal }) => explained(runSampleFamilyJob(job, { ...context, backend, signal, emit })),
    explainFamily: (job, { signal }) => explained(runExplainFamilyJob(job, { ...context, backend, signal })),
    evaluateFamily: (job, { emit, signal }) =>
      explained(runEvaluateFamilyJob(job, { ...context, backend, signal, emit })),
    pauseTraining: ({ isPaused }) => {
      running?.setPaused({ isPaused });
      return { isPaused: isPaused && running !== undefined };
    },
    evaluate: (job, { emit, signal }) => explained(runEvaluateJob(job, { ...context, backend, signal, emit })),
    compare: (job, { emit, signal }) => pausable({ emit, signal }, (own) => runCompareJob(job, { ...own, emit })),
    gradients: (job, { emit, signal }) => pausable({ emit, signal }, (own) => runGradientJob(job, { ...own, emit })),
    trainLabeller: (job, { emit, signal }) =>
      pausable({ emit, signal }, (own) => runTrainLabellerJob(job, { ...own, emit })),
    languages: (job, { emit, signal }) => pausable({ emit, signal }, (own) => runLanguagesJob(job, { ...own, emit })),
    evaluateLabeller: (job, { emit, signal }) =>
      explained(runEvaluateLabellerJob(job, { ...context, backend, signal, emit })),
    applyLabeller: (job, { emit, signal }) =>
      explained(runApplyLabellerJob(job, { ...context, backend, signal, emit })),
    timeTraining: async (job, { emit, signal }) => {
      const found = await backend(job.backend);
      const parameters = parameterCount({ ...job, cell: "lstm" });
      requireMemory(parameters, { freeBytes: context.freeBytes(), backend: found.description });
      return explained(timeTraining(job, { ...context, ...context.meter, backend: found, signal, emit }));
    },
    timeNetwork: async (job) => timeNetwork(job, { backend: await backend("auto"), clock: context.clock }),
  });
}

async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw explainMemory(error);
  }
}

import type { Disposable } from "../base/disposable.ts";
import type { MessagePortLike } from "../base/ports.ts";
import type { BackendChoice, EngineRequests } from "../protocol/engineMessages.ts";
import { serve } from "../protocol/requestChannel.ts";
import { runEvaluateJob } from "./evaluateJob.ts";
import { type Backend, type BackendContext, selectBackend } from "./selectBackend.ts";
import { explainMemory } from "./memoryFailure.ts";
import type { JobContext } from "./jobContext.ts";
import { timeNetwork } from "./timeNetwork.ts";
import { timeTraining } from "./timeTraining.ts";
import { runTrainJob } from "./trainJob.ts";

/** The world of the engine's jobs: all but what differs from request to request. */
export interface EngineServiceContext extends Omit<JobContext, "backend" | "signal">, BackendContext {
  /** What this process holds of the machine's memory. */
  readonly residentBytes: () => number;
}

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
  return serve<EngineRequests>(port, {
    describe: async (params) => (await backend(params.backend)).description,
    train: (job, { emit, signal }) => explained(runTrainJob(job, { ...context, backend, signal, emit })),
    evaluate: (job, { emit, signal }) => explained(runEvaluateJob(job, { ...context, backend, signal, emit })),
    timeTraining: async (job, { signal }) =>
      explained(timeTraining(job, { ...context, backend: await backend(job.backend), signal })),
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

import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { LmError } from "../base/errors.ts";
import type { Log, MessagePortLike } from "../base/ports.ts";
import type { BackendChoice } from "../protocol/backendDescription.ts";
import type { EngineRequests } from "../protocol/engineMessages.ts";
import {
  readDescribeParams,
  readEvaluateJob,
  readPauseParams,
  readTimeNetworkJob,
  readTimeTrainingJob,
  readTrainJob,
} from "../protocol/engineValidators.ts";
import { readCompareJob } from "../protocol/compareValidators.ts";
import {
  readEvaluateFamilyJob,
  readExplainFamilyJob,
  readSampleFamilyJob,
  readTrainFamilyJob,
} from "../protocol/familyValidators.ts";
import { readGradientJob } from "../protocol/gradientValidators.ts";
import {
  readApplyLabellerJob,
  readEvaluateLabellerJob,
  readLanguagesJob,
  readTrainLabellerJob,
} from "../protocol/labelValidators.ts";
import {
  createClient,
  type HandlerContext,
  type RequestClient,
  type RequestServer,
  serve,
} from "../protocol/requestChannel.ts";

export interface SupervisorOptions {
  /** To the process that asks; borrowed. */
  readonly port: MessagePortLike;
  /** Starts a thread that does the work; disposing ends it. */
  readonly startWorker: () => MessagePortLike & Disposable;
  readonly log: Log;
}

interface WorkerSession extends Disposable {
  readonly client: RequestClient<EngineRequests>;
}

interface PassedRequest<M extends keyof EngineRequests> {
  readonly method: M;
  readonly backend: BackendChoice;
  readonly params: EngineRequests[M]["params"];
}

/**
 * The main thread's part: passes requests on to worker threads, which it starts on demand and again after a death, and lets
 * one training run at a time. Each choice of a backend has a thread of its own, because tfjs knows one current backend a
 * thread, which must not change under a run. This thread never waits on TensorFlow itself, so it can always answer.
 */
export class Supervisor implements Disposable {
  readonly #options: SupervisorOptions;
  readonly #server: RequestServer;
  readonly #running = new Set<Promise<unknown>>();
  readonly #workers = new Map<BackendChoice, WorkerSession>();
  /** The thread that the training runs in. */
  #training: BackendChoice | undefined;

  public constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#server = serve<EngineRequests>(options.port, {
      describe: (params, context) => {
        const { backend } = readDescribeParams(params);
        return this.#pass({ method: "describe", backend, params: { backend } }, context);
      },
      readGpus: (_params, context) => this.#pass({ method: "readGpus", backend: "auto", params: null }, context),
      train: (params, context) => {
        const job = readTrainJob(params);
        return this.#trainAlone({ method: "train", backend: job.options.backend, params: job }, context);
      },
      trainFamily: (params, context) => {
        const job = readTrainFamilyJob(params);
        return this.#trainAlone({ method: "trainFamily", backend: job.backend, params: job }, context);
      },
      sampleFamily: (params, context) =>
        this.#pass({ method: "sampleFamily", backend: "auto", params: readSampleFamilyJob(params) }, context),
      explainFamily: (params, context) =>
        this.#pass({ method: "explainFamily", backend: "auto", params: readExplainFamilyJob(params) }, context),
      evaluateFamily: (params, context) =>
        this.#pass({ method: "evaluateFamily", backend: "auto", params: readEvaluateFamilyJob(params) }, context),
      compare: (params, context) => {
        const job = readCompareJob(params);
        return this.#trainAlone({ method: "compare", backend: job.backend, params: job }, context);
      },
      gradients: (params, context) => {
        const job = readGradientJob(params);
        return this.#trainAlone({ method: "gradients", backend: job.backend, params: job }, context);
      },
      trainLabeller: (params, context) => {
        const job = readTrainLabellerJob(params);
        return this.#trainAlone({ method: "trainLabeller", backend: job.options.backend, params: job }, context);
      },
      languages: (params, context) => {
        const job = readLanguagesJob(params);
        return this.#trainAlone({ method: "languages", backend: job.options.backend, params: job }, context);
      },
      evaluateLabeller: (params, context) =>
        this.#pass({ method: "evaluateLabeller", backend: "auto", params: readEvaluateLabellerJob(params) }, context),
      applyLabeller: (params, context) =>
        this.#pass({ method: "applyLabeller", backend: "auto", params: readApplyLabellerJob(params) }, context),
      pauseTraining: (params, context) => {
        const wanted = readPauseParams(params);
        const backend = this.#training;
        return backend === undefined
          ? { isPaused: false }
          : this.#pass({ method: "pauseTraining", backend, params: wanted }, context);
      },
      // In any thread: it starts no backend.
      evaluate: (params, context) =>
        this.#pass({ method: "evaluate", backend: "auto", params: readEvaluateJob(params) }, context),
      timeTraining: (params, context) => {
        const job = readTimeTrainingJob(params);
        return this.#pass({ method: "timeTraining", backend: job.backend, params: job }, context);
      },
      timeNetwork: (params, context) =>
        this.#pass({ method: "timeNetwork", backend: "auto", params: readTimeNetworkJob(params) }, context),
    });
  }

  public get isTraining(): boolean {
    return this.#training !== undefined;
  }

  /**
   * Asks everything under way to stop, and settles when it has, with its answers sent; then the workers can be ended without
   * loss. Where nobody is there any more to answer, what was under way is waited for all the same.
   */
  public async finish(): Promise<void> {
    await this.#server.finish();
    await Promise.allSettled([...this.#running]);
  }

  public dispose(): void {
    this.#server.dispose();
    for (const worker of this.#workers.values()) {
      worker.dispose();
    }
    this.#workers.clear();
  }

  /** Passes on what trains, where nothing else does. */
  async #trainAlone<M extends "train" | "trainFamily" | "compare" | "gradients" | "trainLabeller" | "languages">(
    passed: PassedRequest<M>,
    context: HandlerContext<EngineRequests[M]["event"]>,
  ): Promise<EngineRequests[M]["result"]> {
    if (this.#training !== undefined) {
      throw new LmError("trainingBusy", "A training is under way already; wait for it or cancel it first.");
    }
    this.#training = passed.backend;
    try {
      return await this.#pass(passed, context);
    } finally {
      this.#training = undefined;
    }
  }

  #pass<M extends keyof EngineRequests>(
    { method, backend, params }: PassedRequest<M>,
    { emit, signal }: HandlerContext<EngineRequests[M]["event"]>,
  ): Promise<EngineRequests[M]["result"]> {
    const { client } = this.#workers.get(backend) ?? this.#startWorker(backend);
    const answer = client.request(method, params, { signal, onEvent: emit });
    this.#running.add(answer);
    const forget = (): void => {
      this.#running.delete(answer);
    };
    answer.then(forget, forget);
    return answer;
  }

  #startWorker(backend: BackendChoice): WorkerSession {
    const owned = new DisposableStore();
    const port = owned.add(this.#options.startWorker());
    const client = owned.add(createClient<EngineRequests>(port));
    const session: WorkerSession = {
      client,
      dispose: () => {
        owned.dispose();
      },
    };
    owned.add(
      port.onDidClose((reason) => {
        if (this.#workers.get(backend) === session) {
          this.#options.log.write("error", reason);
          this.#workers.delete(backend);
        }
        session.dispose();
      }),
    );
    this.#workers.set(backend, session);
    return session;
  }
}

import { delimiter } from "node:path";
import { EngineClient, type EngineClientOptions } from "../node/engineClient.ts";
import { type ForkedProcess, forkProcess } from "../node/forkedProcess.ts";
import { engineEnvironment } from "../node/tensorflow/engineEnvironment.ts";
import type { CompareJob, CompareResult } from "../protocol/compareMessages.ts";
import type { BackendChoice, BackendDescription } from "../protocol/backendDescription.ts";
import {
  TRAINING_MODES,
  type DoneEvent,
  type EngineRequests,
  type PauseParams,
  type TrainingMode,
  type TrainJob,
} from "../protocol/engineMessages.ts";
import type { GpuAnswer } from "../protocol/gpuUsage.ts";
import type { GradientJob, GradientResult } from "../protocol/gradientMessages.ts";
import type { ComparingEngine } from "./comparisonRun.ts";
import type { GradientEngine } from "./gradientsRun.ts";
import type { EnginePort, EngineTraining } from "./trainingController.ts";

/** What the engine has to know when it starts. */
export interface EnginePlaces {
  /** Folder of a TensorFlow that the user chose in the settings. */
  readonly tensorflowPath: string | null;
  /** The Python that the user chose, or its environment. */
  readonly pythonPath: string | null;
  /** Folder of the extension's own, beside the shared cache. */
  readonly globalStorage: string;
}

export interface EngineHostOptions extends Omit<EngineClientOptions, "start"> {
  /** Absolute path of the engine's bundle. */
  readonly entry: string;
  /** Read at every start of the process. */
  readonly places: () => EnginePlaces;
}

/** How far a training at full speed gives way to the editor: enough to keep typing smooth, and no loss on an idle machine. */
const EDITOR_NICE = "5";

type Client = EngineClient<EngineRequests>;

/**
 * The engine, started on demand with the environment that TensorFlow needs. Each mode has a process of its own, which ends soon when it
 * is idle: threads and priority are given to a process when it begins.
 */
export class EngineHost implements EnginePort {
  readonly #options: EngineHostOptions;
  #clients: Readonly<Record<TrainingMode, Client>>;

  public constructor(options: EngineHostOptions) {
    this.#options = options;
    this.#clients = this.#createClients();
  }

  public describe(backend: BackendChoice, mode: TrainingMode = "fullSpeed"): Promise<BackendDescription> {
    return this.#clients[mode].request("describe", { backend });
  }

  /** How the machine's GPUs are now. */
  public readGpus(): Promise<GpuAnswer> {
    return this.#clients.fullSpeed.request("readGpus", null);
  }

  public train(job: TrainJob, { mode, ...options }: EngineTraining): Promise<DoneEvent> {
    for (const other of TRAINING_MODES.filter((one) => one !== mode)) {
      this.#clients[other].stopIfUnused();
    }
    return this.#clients[mode].request("train", job, options);
  }

  /** Compares models, with all of the machine. */
  public compare(job: CompareJob, options: Parameters<ComparingEngine["compare"]>[1]): Promise<CompareResult> {
    return this.#clients.fullSpeed.request("compare", job, options);
  }

  /** Looks at gradients, with all of the machine. */
  public gradients(job: GradientJob, options: Parameters<GradientEngine["gradients"]>[1]): Promise<GradientResult> {
    return this.#clients.fullSpeed.request("gradients", job, options);
  }

  public async pauseTraining(mode: TrainingMode, wanted: PauseParams): Promise<void> {
    await this.#clients[mode].request("pauseTraining", wanted);
  }

  /** Ends the processes, so that the next ones see what was installed meanwhile. */
  public restart(): void {
    this.dispose();
    this.#clients = this.#createClients();
  }

  public dispose(): void {
    for (const mode of TRAINING_MODES) {
      this.#clients[mode].dispose();
    }
  }

  #createClients(): Readonly<Record<TrainingMode, Client>> {
    return { fullSpeed: this.#createClient("fullSpeed"), background: this.#createClient("background") };
  }

  #createClient(mode: TrainingMode): Client {
    const { entry, places, ...options } = this.#options;
    const start = (): ForkedProcess =>
      forkProcess({ name: "engine", entry, environment: environmentFor(places(), mode), log: options.log });
    return new EngineClient<EngineRequests>({ ...options, start });
  }
}

function environmentFor(
  { tensorflowPath, pythonPath, globalStorage }: EnginePlaces,
  mode: TrainingMode,
): Record<string, string> {
  const base = engineEnvironment({ mode });
  return {
    ...base,
    INKLING_ENGINE_NICE: base["INKLING_ENGINE_NICE"] ?? EDITOR_NICE,
    INKLING_EXTRA_CACHE: [base["INKLING_EXTRA_CACHE"] ?? "", globalStorage]
      .filter((root) => root !== "")
      .join(delimiter),
    ...(tensorflowPath === null ? {} : { INKLING_TENSORFLOW: tensorflowPath }),
    ...(pythonPath === null ? {} : { INKLING_PYTHON_ENVIRONMENT: pythonPath }),
  };
}

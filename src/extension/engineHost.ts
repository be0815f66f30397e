import { delimiter } from "node:path";
import { EngineClient, type EngineClientOptions } from "../node/engineClient.ts";
import { forkProcess } from "../node/forkedProcess.ts";
import { engineEnvironment } from "../node/tensorflow/engineEnvironment.ts";
import type {
  BackendChoice,
  BackendDescription,
  DoneEvent,
  EngineRequests,
  TrainEvent,
  TrainJob,
} from "../protocol/engineMessages.ts";
import type { EnginePort } from "./trainingController.ts";

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

/** How far training gives way to the editor: enough to keep typing smooth, and no loss on an idle machine. */
const ENGINE_NICE = "5";

/** The engine process, started on demand with the environment that TensorFlow needs. */
export class EngineHost implements EnginePort {
  readonly #options: EngineHostOptions;
  #client: EngineClient<EngineRequests>;

  public constructor(options: EngineHostOptions) {
    this.#options = options;
    this.#client = this.#createClient();
  }

  public describe(backend: BackendChoice): Promise<BackendDescription> {
    return this.#client.request("describe", { backend });
  }

  public train(
    job: TrainJob,
    options: { readonly signal: AbortSignal; readonly onEvent: (event: TrainEvent) => void },
  ): Promise<DoneEvent> {
    return this.#client.request("train", job, options);
  }

  /** Ends the process, so that the next one sees what was installed meanwhile. */
  public restart(): void {
    this.#client.dispose();
    this.#client = this.#createClient();
  }

  public dispose(): void {
    this.#client.dispose();
  }

  #createClient(): EngineClient<EngineRequests> {
    const { entry, places, ...options } = this.#options;
    return new EngineClient<EngineRequests>({
      ...options,
      start: () => forkProcess({ name: "engine", entry, environment: environmentFor(places()), log: options.log }),
    });
  }
}

function environmentFor({ tensorflowPath, pythonPath, globalStorage }: EnginePlaces): Record<string, string> {
  const base = engineEnvironment();
  return {
    ...base,
    INKLING_ENGINE_NICE: base["INKLING_ENGINE_NICE"] ?? ENGINE_NICE,
    INKLING_EXTRA_CACHE: [base["INKLING_EXTRA_CACHE"] ?? "", globalStorage]
      .filter((root) => root !== "")
      .join(delimiter),
    ...(tensorflowPath === null ? {} : { INKLING_TENSORFLOW: tensorflowPath }),
    ...(pythonPath === null ? {} : { INKLING_PYTHON_ENVIRONMENT: pythonPath }),
  };
}

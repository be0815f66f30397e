import type { Disposable } from "../base/disposable.ts";
import type {
  CompletionAnswer,
  CompletionQuery,
  PredictorModelInfo,
  PredictorRequests,
} from "../protocol/predictorMessages.ts";
import type { RequestClient } from "../protocol/requestChannel.ts";

/** A client whose thread is started on demand, and again after it died. */
export interface RestartingClient extends RequestClient<PredictorRequests> {
  readonly isRunning: boolean;
}

export interface SampleRequest {
  readonly prompt: string;
  readonly lengthTokens: number;
  readonly temperature: number;
  readonly seed: number;
}

const NO_MODEL: CompletionAnswer = { suggestions: [], elapsedMs: 0, silence: "noModel" };

/** The predictor thread as the extension uses it: no thread before there is a model, and a thread that died gets its model again. */
export class PredictorHost implements Disposable {
  readonly #client: RestartingClient;
  #directory: string | undefined;
  #restarting: Promise<unknown> | undefined;

  /** @param client owned */
  public constructor(client: RestartingClient) {
    this.#client = client;
  }

  /** Loads the checkpoint in a directory, or loads it again; throws `LmError` where there is none that can be read. */
  public async load(directory: string): Promise<PredictorModelInfo> {
    const model = await this.#client.request("load", { directory });
    this.#directory = directory;
    return model;
  }

  public async complete(query: CompletionQuery, signal: AbortSignal): Promise<CompletionAnswer> {
    return (await this.#isReady()) ? this.#client.request("complete", query, { signal }) : NO_MODEL;
  }

  /** Reads ahead, so that a later `complete` at this place is quick. */
  public async prepare(params: PredictorRequests["prepare"]["params"]): Promise<void> {
    if (await this.#isReady()) {
      await this.#client.request("prepare", params);
    }
  }

  /** Forgets a document. */
  public async close(document: string): Promise<void> {
    if (this.#client.isRunning) {
      await this.#client.request("close", { document });
    }
  }

  /** Text that the model writes; `onText` gets it as it comes. */
  public async sample(
    params: SampleRequest,
    options: { readonly signal: AbortSignal; readonly onText: (text: string) => void },
  ): Promise<string> {
    await this.#isReady();
    const { text } = await this.#client.request("sample", params, {
      signal: options.signal,
      onEvent: (event) => {
        options.onText(event.text);
      },
    });
    return text;
  }

  public dispose(): void {
    this.#client.dispose();
  }

  async #isReady(): Promise<boolean> {
    const directory = this.#directory;
    if (directory === undefined) {
      return false;
    }
    if (!this.#client.isRunning || this.#restarting !== undefined) {
      this.#restarting ??= this.#client.request("load", { directory }).finally(() => {
        this.#restarting = undefined;
      });
      await this.#restarting;
    }
    return true;
  }
}

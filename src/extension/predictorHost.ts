import type { Disposable } from "../base/disposable.ts";
import { Emitter } from "../base/emitter.ts";
import type {
  CompletionAnswer,
  CompletionQuery,
  CountEvent,
  CountJob,
  CountTotals,
  Explanation,
  PredictorModelInfo,
  PredictorRequests,
} from "../protocol/predictorMessages.ts";
import type { RequestClient } from "../protocol/requestChannel.ts";
import type { SurpriseSpan } from "../protocol/surpriseMessages.ts";

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

/**
 * The predictor thread as the extension uses it: no thread before there is a model or something to count, and a thread that died gets its
 * model again and counts again.
 */
export class PredictorHost implements Disposable {
  readonly #client: RestartingClient;
  readonly #didRestart = new Emitter<undefined>();
  #directory: string | undefined;
  #counting: { readonly job: CountJob; readonly onEvent: (event: CountEvent) => void } | undefined;
  #restarting: Promise<unknown> | undefined;

  /** Fires when a new thread has taken the place of one that died: it knows no open documents. */
  public readonly onDidRestart = this.#didRestart.event;

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

  /** Counts the files of a workspace, or what has changed there; throws `LmError` where that cannot be done. */
  public async count(job: CountJob, onEvent: (event: CountEvent) => void): Promise<CountTotals> {
    this.#counting = { job, onEvent };
    return this.#client.request("count", job, { onEvent });
  }

  /** Tells the text of an open document as it stands. */
  public async update(document: string, text: string): Promise<void> {
    if (this.#counting !== undefined && (await this.#isReady())) {
      await this.#client.request("update", { document, text });
    }
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

  /** Says why something is expected at a place; null where there is nothing to say it. */
  public async explain(params: PredictorRequests["explain"]["params"]): Promise<Explanation | null> {
    return (await this.#isReady()) ? this.#client.request("explain", params) : null;
  }

  /** How surprising each token of a text is; `onSpans` gets them as they come. False where nothing can say it, or it was cancelled. */
  public async surprise(
    text: string,
    options: { readonly signal: AbortSignal; readonly onSpans: (spans: readonly SurpriseSpan[]) => void },
  ): Promise<boolean> {
    if (!(await this.#isReady())) {
      return false;
    }
    const { isComplete } = await this.#client.request(
      "surprise",
      { text },
      {
        signal: options.signal,
        onEvent: (event) => {
          options.onSpans(event.spans);
        },
      },
    );
    return isComplete;
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
    this.#didRestart.dispose();
  }

  async #isReady(): Promise<boolean> {
    if (this.#directory === undefined && this.#counting === undefined) {
      return false;
    }
    if (!this.#client.isRunning || this.#restarting !== undefined) {
      this.#restarting ??= this.#restart().finally(() => {
        this.#restarting = undefined;
      });
      await this.#restarting;
    }
    return true;
  }

  async #restart(): Promise<void> {
    if (this.#counting !== undefined) {
      const { job, onEvent } = this.#counting;
      // Nobody waits for it here; the next change of a file counts again and tells what is wrong.
      this.#client.request("count", job, { onEvent }).catch(() => undefined);
    }
    if (this.#directory !== undefined) {
      await this.#client.request("load", { directory: this.#directory });
    }
    this.#didRestart.fire(undefined);
  }
}

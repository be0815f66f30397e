import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { fromErrorData, LmError, toErrorData } from "../base/errors.ts";
import { PlainValueError } from "../base/plainValue.ts";
import type { MessagePortLike } from "../base/ports.ts";
import type { WireMessage } from "./engineMessages.ts";
import { readWireMessage } from "./wireMessages.ts";

/** What goes into a request, what comes out, and which events come meanwhile. */
export interface RequestShape {
  readonly params: unknown;
  readonly result: unknown;
  readonly event: unknown;
}

/** A table of requests by method, such as `EngineRequests`. */
export type RequestTable<R> = { readonly [M in keyof R]: RequestShape };

export interface RequestOptions<E> {
  /** Aborting asks the other side to stop; whether the request then ends with a result or an error is for the handler to say. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: E) => void;
}

/** The asking side of a channel. */
export interface RequestClient<R extends RequestTable<R>> extends Disposable {
  /**
   * Settles with the handler's result, with the handler's error, or with `engineDied` when the channel closes or is
   * disposed. Events come before the result.
   */
  request<M extends keyof R & string>(
    method: M,
    params: R[M]["params"],
    options?: RequestOptions<R[M]["event"]>,
  ): Promise<R[M]["result"]>;
}

/** What a handler gets besides the parameters. */
export interface HandlerContext<E> {
  /** Sends an event to the asking side; after the request has settled it does nothing. */
  readonly emit: (event: E) => void;
  /** Aborts when the asking side cancels or is gone. */
  readonly signal: AbortSignal;
}

/** A handler for every method. Parameters come from another thread or process: validate them. */
export type RequestHandlers<R extends RequestTable<R>> = {
  readonly [M in keyof R]: (
    params: R[M]["params"],
    context: HandlerContext<R[M]["event"]>,
  ) => Promise<R[M]["result"]> | R[M]["result"];
};

/** A client on `port`, which it borrows. */
export function createClient<R extends RequestTable<R>>(port: MessagePortLike): RequestClient<R> {
  return new ChannelClient(port);
}

/** The answering side of a channel. Disposing aborts every running handler and answers its request with `engineDied`. */
export interface RequestServer extends Disposable {
  /** Takes no more requests, aborts the running handlers, and settles when each of them has answered in its own way. */
  finish(): Promise<void>;
}

/** Answers the requests that come in on `port` until it closes or the returned server is disposed; then every running handler is aborted. */
export function serve<R extends RequestTable<R>>(port: MessagePortLike, handlers: RequestHandlers<R>): RequestServer {
  return new ChannelServer(port, new Map(Object.entries(handlers) as [string, UntypedHandler][]));
}

type UntypedHandler = (params: unknown, context: HandlerContext<unknown>) => unknown;

interface PendingRequest {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onEvent: ((event: unknown) => void) | undefined;
  readonly forgetSignal: () => void;
}

class ChannelClient<R extends RequestTable<R>> implements RequestClient<R> {
  readonly #port: MessagePortLike;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #owned = new DisposableStore();
  #lastId = 0;
  #closedReason: string | undefined;

  public constructor(port: MessagePortLike) {
    this.#port = port;
    this.#owned.add(
      port.onDidReceive((message) => {
        this.#receive(message);
      }),
    );
    this.#owned.add(
      port.onDidClose((reason) => {
        this.#close(reason);
      }),
    );
  }

  public request<M extends keyof R & string>(
    method: M,
    params: R[M]["params"],
    { signal, onEvent }: RequestOptions<R[M]["event"]> = {},
  ): Promise<R[M]["result"]> {
    if (this.#closedReason !== undefined) {
      return Promise.reject(new LmError("engineDied", this.#closedReason));
    }
    const id = ++this.#lastId;
    const cancel = (): void => {
      this.#post({ kind: "cancel", id });
    };
    const settled = new Promise<unknown>((resolve, reject) => {
      const forgetSignal = (): void => signal?.removeEventListener("abort", cancel);
      this.#pending.set(id, { resolve, reject, onEvent, forgetSignal });
    });
    try {
      this.#post({ kind: "request", id, method, params });
    } catch (error) {
      // Parameters that cannot be cloned are the caller's mistake; the request must settle all the same.
      this.#settle(id)?.reject(error instanceof Error ? error : new Error(String(error)));
      return settled;
    }
    if (signal?.aborted === true) {
      cancel();
    } else {
      signal?.addEventListener("abort", cancel, { once: true });
    }
    return settled;
  }

  public dispose(): void {
    this.#close("The request was given up: its channel was closed on this side.");
  }

  #post(message: WireMessage): void {
    this.#port.postMessage(message);
  }

  #receive(raw: unknown): void {
    const message = parse(raw);
    if (message instanceof PlainValueError) {
      // Which request it was meant for is unknown, so none can be trusted to settle any more.
      this.#close(`The other side sent something that is no message: ${message.message}`, "protocolViolation");
      return;
    }
    switch (message.kind) {
      case "event":
        this.#pending.get(message.id)?.onEvent?.(message.event);
        break;
      case "result":
        this.#settle(message.id)?.resolve(message.result);
        break;
      case "error":
        this.#settle(message.id)?.reject(fromErrorData(message.error));
        break;
      case "request":
      case "cancel":
        break; // Meant for a server on the same port.
    }
  }

  #settle(id: number): PendingRequest | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.forgetSignal();
    return pending;
  }

  #close(reason: string, code: "engineDied" | "protocolViolation" = "engineDied"): void {
    this.#closedReason ??= reason;
    this.#owned.dispose();
    for (const id of [...this.#pending.keys()]) {
      this.#settle(id)?.reject(new LmError(code, reason));
    }
  }
}

class ChannelServer implements RequestServer {
  readonly #port: MessagePortLike;
  readonly #handlers: ReadonlyMap<string, UntypedHandler>;
  readonly #running = new Map<number, AbortController>();
  readonly #unfinished = new Set<Promise<void>>();
  #isFinishing = false;
  readonly #owned = new DisposableStore();

  public constructor(port: MessagePortLike, handlers: ReadonlyMap<string, UntypedHandler>) {
    this.#port = port;
    this.#handlers = handlers;
    this.#owned.add(
      port.onDidReceive((message) => {
        this.#receive(message);
      }),
    );
    this.#owned.add(
      port.onDidClose(() => {
        this.#stop();
      }),
    );
  }

  public async finish(): Promise<void> {
    this.#isFinishing = true;
    for (const controller of this.#running.values()) {
      controller.abort();
    }
    await Promise.all(this.#unfinished);
  }

  public dispose(): void {
    for (const [id, controller] of [...this.#running]) {
      this.#fail(id, new LmError("engineDied", "The request was given up: the other side was shut down."));
      controller.abort();
    }
    this.#stop();
  }

  #stop(): void {
    this.#owned.dispose();
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const controller of running) {
      controller.abort();
    }
  }

  #receive(raw: unknown): void {
    const message = parse(raw);
    if (message instanceof PlainValueError) {
      const id = idOf(raw);
      if (id !== undefined) {
        this.#port.postMessage(errorMessage(id, new LmError("protocolViolation", message.message)));
      }
      return;
    }
    if (message.kind === "request") {
      const run = this.#run(message.id, message.method, message.params);
      this.#unfinished.add(run);
      void run.then(() => this.#unfinished.delete(run));
    } else if (message.kind === "cancel") {
      this.#running.get(message.id)?.abort();
    }
  }

  /** Never rejects: whatever the handler does becomes an answer. */
  async #run(id: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      if (this.#isFinishing) {
        throw new LmError("engineDied", "The request came too late: the other side is shutting down.");
      }
      const handler = this.#handlers.get(method);
      if (handler === undefined) {
        throw new LmError("protocolViolation", `There is no request named ${JSON.stringify(method)}.`);
      }
      const result = await handler(params, { signal: controller.signal, emit: this.#emitter(id, controller) });
      this.#answer(id, controller, { kind: "result", id, result });
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #emitter(id: number, controller: AbortController): (event: unknown) => void {
    return (event) => {
      if (this.#running.get(id) === controller) {
        this.#port.postMessage({ kind: "event", id, event } satisfies WireMessage);
      }
    };
  }

  #answer(id: number, controller: AbortController, message: WireMessage): void {
    if (this.#running.get(id) === controller) {
      this.#port.postMessage(message);
      this.#running.delete(id);
    }
  }

  #fail(id: number, error: unknown): void {
    const controller = this.#running.get(id);
    if (controller !== undefined) {
      this.#answer(id, controller, errorMessage(id, error));
    }
  }
}

function parse(raw: unknown): WireMessage | PlainValueError {
  try {
    return readWireMessage(raw);
  } catch (error) {
    if (error instanceof PlainValueError) {
      return error;
    }
    throw error;
  }
}

function idOf(raw: unknown): number | undefined {
  const id = typeof raw === "object" && raw !== null && "id" in raw ? raw.id : undefined;
  return typeof id === "number" ? id : undefined;
}

function errorMessage(id: number, error: unknown): WireMessage {
  return { kind: "error", id, error: toErrorData(error instanceof PlainValueError ? asViolation(error) : error) };
}

/** Parameters that a validator refused. */
function asViolation(error: PlainValueError): LmError {
  return new LmError("protocolViolation", error.message, { cause: error });
}

import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { LmError } from "../base/errors.ts";
import type { Clock, Log, MessagePortLike } from "../base/ports.ts";
import {
  createClient,
  type RequestClient,
  type RequestOptions,
  type RequestTable,
} from "../protocol/requestChannel.ts";
import type { Timer } from "./nodeTimer.ts";

/** A running process or thread that answers requests; disposing ends it. */
export interface EngineProcess extends MessagePortLike, Disposable {}

export interface EngineClientLimits {
  /** After this long without a request the engine is stopped, which gives its memory back. */
  readonly idleMs: number;
  /** After this many deaths within `deathWindowMs` the engine is not started again until the window has passed. */
  readonly deathLimit: number;
  readonly deathWindowMs: number;
}

export const DEFAULT_ENGINE_LIMITS: EngineClientLimits = { idleMs: 120_000, deathLimit: 3, deathWindowMs: 600_000 };

export interface EngineClientOptions {
  /** Starts a fresh engine; what it throws is what the request ends with. */
  readonly start: () => EngineProcess;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
  readonly limits?: Partial<EngineClientLimits>;
}

interface Session<R extends RequestTable<R>> extends Disposable {
  readonly client: RequestClient<R>;
  requestCount: number;
}

/**
 * Requests to an engine that is started on demand, stopped when idle, and started again after it died, a bounded number of
 * times. Every request settles; one that the engine dies under is not repeated, since half of it may be done.
 */
export class EngineClient<R extends RequestTable<R>> implements RequestClient<R> {
  readonly #options: EngineClientOptions;
  readonly #limits: EngineClientLimits;
  #session: Session<R> | undefined;
  #idle: Disposable | undefined;
  #deaths: { readonly atMs: number; readonly reason: string }[] = [];
  #isDisposed = false;

  public constructor(options: EngineClientOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_ENGINE_LIMITS, ...options.limits };
  }

  /** Whether an engine is there now. */
  public get isRunning(): boolean {
    return this.#session !== undefined;
  }

  public async request<M extends keyof R & string>(
    method: M,
    params: R[M]["params"],
    options?: RequestOptions<R[M]["event"]>,
  ): Promise<R[M]["result"]> {
    const session = this.#session ?? this.#start();
    session.requestCount++;
    this.#idle?.dispose();
    try {
      return await session.client.request(method, params, options);
    } finally {
      session.requestCount--;
      if (session === this.#session && session.requestCount === 0) {
        this.#stopWhenIdle(session);
      }
    }
  }

  /** Ends the engine, so that the next request starts a fresh one; requests under way settle with `engineDied`. */
  public stop(): void {
    this.#idle?.dispose();
    const session = this.#session;
    this.#session = undefined;
    session?.dispose();
  }

  /** Ends the engine where it has nothing to do, so that its memory is free for others at once. */
  public stopIfUnused(): void {
    if (this.#session?.requestCount === 0) {
      this.stop();
    }
  }

  /** Ends the engine; requests under way settle with `engineDied`, and none can be made any more. */
  public dispose(): void {
    this.#isDisposed = true;
    this.stop();
  }

  #start(): Session<R> {
    if (this.#isDisposed) {
      throw new LmError("engineDied", "The engine was shut down.");
    }
    this.#refuseAfterManyDeaths();
    const owned = new DisposableStore();
    const engine = owned.add(this.#options.start());
    const client = owned.add(createClient<R>(engine));
    const session: Session<R> = {
      client,
      requestCount: 0,
      dispose: () => {
        owned.dispose();
      },
    };
    owned.add(
      engine.onDidClose((reason) => {
        this.#bury(session, reason);
      }),
    );
    this.#session = session;
    return session;
  }

  #refuseAfterManyDeaths(): void {
    const { deathLimit, deathWindowMs } = this.#limits;
    const nowMs = this.#options.clock.nowMs();
    this.#deaths = this.#deaths.filter(({ atMs }) => nowMs - atMs < deathWindowMs);
    const last = this.#deaths.at(-1);
    if (last !== undefined && this.#deaths.length >= deathLimit) {
      const waitMinutes = Math.ceil((deathWindowMs - (nowMs - (this.#deaths[0]?.atMs ?? nowMs))) / 60_000);
      throw new LmError(
        "engineDied",
        `The engine died ${this.#deaths.length} times and is not started again for ${waitMinutes} min. ${last.reason}`,
        { facts: { deathCount: this.#deaths.length } },
      );
    }
  }

  #bury(session: Session<R>, reason: string): void {
    if (session === this.#session) {
      this.#options.log.write("error", reason);
      this.#deaths.push({ atMs: this.#options.clock.nowMs(), reason });
      this.stop();
    }
  }

  #stopWhenIdle(session: Session<R>): void {
    this.#idle?.dispose();
    this.#idle = this.#options.timer.schedule(this.#limits.idleMs, () => {
      if (session === this.#session && session.requestCount === 0) {
        this.#options.log.write("debug", "The engine was idle and is stopped.");
        this.stop();
      }
    });
  }
}

import type { Memento } from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { Emitter } from "../base/emitter.ts";
import { LmError, toErrorData } from "../base/errors.ts";
import type { Clock, Log } from "../base/ports.ts";
import type { RunView } from "../protocol/runView.ts";
import { describeFailure } from "./failureMessages.ts";

export interface KeptRunParts {
  /** Of the workspace: what the last run gave is kept there until the next. */
  readonly memory: Memento;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a kind of run is called and how its view is known. */
export interface KeptRunKind<View extends RunView> {
  /** Of the workspace's memory. */
  readonly key: string;
  readonly isView: (value: unknown) => value is View;
  /** For the log: "The comparison of models". */
  readonly name: string;
  /** For who wants to train meanwhile: what is going on and what to do. */
  readonly busyText: string;
}

/** One run of a kind at a time, and what there is to see of it or of the last one. */
export abstract class KeptRun<View extends RunView> implements Disposable {
  readonly #parts: KeptRunParts;
  readonly #kind: KeptRunKind<View>;
  readonly #didChange = new Emitter<View>();
  #view: View | null;
  #running: AbortController | undefined;

  public readonly onDidChange = this.#didChange.event;

  protected constructor(parts: KeptRunParts, kind: KeptRunKind<View>) {
    this.#parts = parts;
    this.#kind = kind;
    this.#view = restore(parts.memory.get(kind.key), kind.isView);
  }

  /** Null where nothing ran yet. */
  public get view(): View | null {
    return this.#view;
  }

  public get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** One network at a time is trained: throws `LmError("trainingBusy")` while this runs. */
  public refuseWhileRunning(): void {
    if (this.#running !== undefined) {
      throw new LmError("trainingBusy", this.#kind.busyText);
    }
  }

  public cancel(): void {
    if (this.#running !== undefined && !this.#running.signal.aborted) {
      this.change({ state: "cancelling" } as Partial<View>);
      this.#running.abort();
    }
  }

  public dispose(): void {
    this.#running?.abort();
    this.#didChange.dispose();
  }

  /**
   * Does the work; where it is cancelled, what there is to see so far is kept.
   * @param begun what there is to see at the beginning, besides what all runs show
   * @param work resolves to the result, and to what its end changes in the view
   * @throws LmError as the work does, with `trainingBusy` while another one runs
   */
  protected async keep<Result>(
    begun: Omit<View, keyof RunView>,
    work: (signal: AbortSignal) => Promise<{ readonly result: Result; readonly problem: string | null }>,
  ): Promise<Result> {
    this.refuseWhileRunning();
    const running = new AbortController();
    this.#running = running;
    const { clock, log } = this.#parts;
    const shared: RunView = { startedEpochMs: clock.epochMs(), state: "running", current: null, problem: null };
    this.#show({ ...begun, ...shared } as View);
    try {
      const { result, problem } = await work(running.signal);
      this.change({ state: "done", current: null, problem } as Partial<View>);
      return result;
    } catch (error) {
      const data = toErrorData(error);
      const isCancelled = data.code === "cancelled";
      log.write(isCancelled ? "info" : "warning", `${this.#kind.name} ended early: ${data.message}`);
      const problem = isCancelled ? null : describeFailure(data).text;
      this.change({ state: isCancelled ? "cancelled" : "failed", current: null, problem } as Partial<View>);
      throw error;
    } finally {
      this.#running = undefined;
      await this.#remember();
    }
  }

  protected change(facts: Partial<View>): void {
    if (this.#view !== null) {
      this.#show({ ...this.#view, ...facts });
    }
  }

  #show(view: View): void {
    this.#view = view;
    this.#didChange.fire(view);
  }

  /** Losing it costs a table only, so it fails with a line in the log. */
  async #remember(): Promise<void> {
    const { memory, log } = this.#parts;
    try {
      await memory.update(this.#kind.key, this.#view);
    } catch (error) {
      log.write("warning", `${this.#kind.name} could not be kept: ${toErrorData(error).message}`);
    }
  }
}

/** What an earlier session left, if it came to an end there. */
function restore<View extends RunView>(kept: unknown, isView: (value: unknown) => value is View): View | null {
  return isView(kept) && kept.state !== "running" && kept.state !== "cancelling" ? kept : null;
}

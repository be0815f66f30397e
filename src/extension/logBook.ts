import type { Disposable } from "../base/disposable.ts";
import { Emitter } from "../base/emitter.ts";
import type { Clock, Log } from "../base/ports.ts";

/** Lines kept: what happened in the last hours, at the rate at which Inkling writes. */
const MAX_LINES = 2000;

const MS_PER_MINUTE = 60_000;

type Level = Parameters<Log["write"]>[0];

/** The newest lines of the log, each with time of day and level, for an editor to show. */
export class LogBook implements Log, Disposable {
  readonly #clock: Clock;
  readonly #didWrite = new Emitter<null>();
  readonly #lines: string[] = [];
  #droppedCount = 0;

  public readonly onDidWrite = this.#didWrite.event;

  public constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** All lines that are kept, the oldest first; says how many are not. */
  public get text(): string {
    const dropped = this.#droppedCount === 0 ? [] : [`… ${this.#droppedCount} older lines were dropped`];
    return [...dropped, ...this.#lines].map((line) => `${line}\n`).join("");
  }

  public write(level: Level, message: string): void {
    this.#lines.push(`${localTime(this.#clock.epochMs())} [${level}] ${message.trimEnd().replace(/\r?\n/g, "\n    ")}`);
    if (this.#lines.length > MAX_LINES) {
      this.#lines.shift();
      this.#droppedCount++;
    }
    this.#didWrite.fire(null);
  }

  public dispose(): void {
    this.#didWrite.dispose();
  }
}

/** Date and time of day where the machine is: `2026-01-31 09:05:07.250`. */
function localTime(epochMs: number): string {
  const offsetMs = new Date(epochMs).getTimezoneOffset() * MS_PER_MINUTE;
  return new Date(epochMs - offsetMs).toISOString().slice(0, -1).replace("T", " ");
}

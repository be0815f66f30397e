import type { Memento } from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { DisposableStore } from "../base/disposable.ts";
import type { Timer } from "../node/nodeTimer.ts";
import type { SuggestionCounts } from "../protocol/dashboardMessages.ts";
import { NO_SUGGESTIONS, SuggestionCounter } from "./suggestionCounter.ts";

const KEY = "inkling.suggestionCounts";

/** Counts change with every other key; the disk need not follow that fast. */
const SAVE_MS = 5000;

/** Keeps the counts of suggestions in the workspace's memory. */
export class SuggestionMemory implements Disposable {
  public readonly counter: SuggestionCounter;
  readonly #memory: Memento;
  readonly #owned = new DisposableStore();
  #pending: Disposable | undefined;

  public constructor(memory: Memento, timer: Timer) {
    this.#memory = memory;
    this.counter = new SuggestionCounter(readCounts(memory.get(KEY)));
    this.#owned.add(
      this.counter.onDidChange(() => {
        this.#pending ??= timer.schedule(SAVE_MS, () => this.#save());
      }),
    );
  }

  public dispose(): void {
    this.#owned.dispose();
    if (this.#pending !== undefined) {
      this.#save();
    }
  }

  #save(): void {
    this.#pending?.dispose();
    this.#pending = undefined;
    void this.#memory.update(KEY, this.counter.counts);
  }
}

function readCounts(kept: unknown): SuggestionCounts {
  if (typeof kept !== "object" || kept === null) {
    return NO_SUGGESTIONS;
  }
  const read = (key: keyof SuggestionCounts): number => {
    const value = (kept as Partial<Record<keyof SuggestionCounts, unknown>>)[key];
    return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : 0;
  };
  return { shown: read("shown"), accepted: read("accepted"), acceptedCharacters: read("acceptedCharacters") };
}

import assert from "node:assert/strict";
import { redactSecrets } from "../../../../src/corpus/secrets.ts";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";
import { CountKeeper, type CountOptions } from "../../../../src/predictor/counting/countKeeper.ts";
import { DocumentSections, type TextStretch } from "../../../../src/predictor/counting/documentSections.ts";
import type { CaretPlacement } from "../../../../src/predictor/counting/liveDocuments.ts";
import type { CounterThread, StartedCounts } from "../../../../src/predictor/counting/workspaceCounts.ts";
import { localStart } from "../../../../src/predictor/localReader.ts";
import { SliceScheduler } from "../../../../src/predictor/sliceScheduler.ts";
import type { CountJob, CountTotals } from "../../../../src/protocol/predictorMessages.ts";
import type { Vocabulary } from "../../../../src/tokens/vocabulary.ts";
import { ManualTime } from "../../../fakes/manualTime.ts";
import { MemoryFileStore } from "../../../fakes/memoryFileStore.ts";
import { counterOver, JOB, pathOf } from "./countingParts.ts";

export const QUIET: CountOptions = { signal: new AbortController().signal, emit: () => undefined };

/** Files, editors and a caret, with the counts that are kept of them. */
export class KeptWorkspace {
  public readonly files = new MemoryFileStore();
  public readonly threads: CounterThread[] = [];
  public readonly keeper: CountKeeper;
  /** Text of the open documents. */
  public readonly open = new Map<string, string>();
  public caret: ({ readonly document: string } & CaretPlacement) | undefined;
  public job: CountJob = JOB;
  readonly #pending: Promise<unknown>[] = [];

  public constructor() {
    this.keeper = new CountKeeper({
      startThread: () => {
        const thread = counterOver(this.files);
        this.threads.push(thread);
        return thread;
      },
      pathOf,
      scheduler: new SliceScheduler(new ManualTime(), turn),
      onDidBegin: () => undefined,
    });
  }

  public get started(): StartedCounts {
    assert.ok(this.keeper.started !== undefined);
    return this.keeper.started;
  }

  /** What follows is done without waiting for it; `settle` waits. */
  public edit(document: string, text: string): void {
    this.open.set(document, text);
    this.#pending.push(this.keeper.update(document, text));
  }

  public close(document: string): void {
    this.open.delete(document);
    if (this.caret?.document === document) {
      this.caret = undefined;
    }
    this.keeper.close(document);
  }

  public place(document: string, caret: CaretPlacement): void {
    this.caret = { document, ...caret };
    this.keeper.placeCaret(document, caret);
  }

  public put(path: string, text: string): void {
    this.files.epochMs += 1000;
    this.files.put(path, text);
  }

  public count(vocabulary: Vocabulary | null = null): Promise<CountTotals> {
    const counted = this.keeper.count(this.job, vocabulary, QUIET);
    this.#pending.push(counted);
    return counted;
  }

  public recount(vocabulary: Vocabulary): void {
    this.#pending.push(this.keeper.recount(vocabulary));
  }

  /** Waits for all that is under way; throws what any of it threw. */
  public async settle(): Promise<void> {
    await Promise.all(this.#pending.splice(0));
  }

  /** Whether the counts are those of files and documents as they stand, made anew in another way. */
  public check(message: string): void {
    const { index, vocabulary } = this.started;
    const { size: vocabularySize, startId, endId: breakId } = vocabulary;
    const expected = new CountIndex({ vocabularySize, startId, breakId });
    for (const sections of this.#sections(vocabulary)) {
      for (const passage of sections) {
        expected.learnPassage(passage);
      }
    }
    const figures = (counts: CountIndex): readonly number[] => [
      counts.tokenCount,
      counts.documentCount,
      ...counts.unigrams("occurrences").counts,
      ...counts.unigrams("continuations").counts,
    ];
    assert.deepEqual(figures(index), figures(expected), message);
  }

  #sections(vocabulary: Vocabulary): ReturnType<DocumentSections["passages"]>[] {
    const isOurs = (path: string): boolean =>
      this.job.folders.some((folder) => path.startsWith(`${folder.path}/`)) && !path.endsWith(".env");
    const files = [...this.files.files.keys()].filter((path) => isOurs(path) && isWorthwhile(this.files.text(path)));
    const closed = files.filter((path) => !this.open.has(path));
    const edited = [...this.open].filter(
      ([document, text]) =>
        pathOf(document) === null || (isOurs(document) && (files.includes(document) || isWorthwhile(text))),
    );
    return [
      ...closed.map((path) =>
        DocumentSections.cut(redactSecrets(this.files.text(path)).text, { vocabulary, isRedacted: true }).passages(
          null,
        ),
      ),
      ...edited.map(([document, text]) =>
        DocumentSections.cut(text, { vocabulary, isRedacted: false }).passages(this.#holeIn(document, text)),
      ),
    ];
  }

  #holeIn(document: string, text: string): TextStretch | null {
    if (this.caret?.document !== document) {
      return null;
    }
    const lines = text.split(/(?<=\n)/);
    const all = text.endsWith("\n") || text === "" ? [...lines, ""] : lines;
    const line = Math.min(this.caret.line, all.length - 1);
    const start = all.slice(0, line).join("").length;
    return {
      start: this.caret.isLocal ? localStart(text.slice(0, start)) : start,
      end: start + (all[line] ?? "").length,
    };
  }
}

/** Resolves once messages that were sent have arrived. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isWorthwhile(text: string): boolean {
  const { text: kept, isSecretStore } = redactSecrets(text);
  return kept.trim() !== "" && !isSecretStore;
}

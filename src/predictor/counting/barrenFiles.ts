import type { ReadableCandidate } from "../../corpus/readDocument.ts";

/** Size and time of a file when it was read. */
export interface BarrenFacts {
  readonly sizeBytes: number;
  readonly modifiedEpochMs: number;
}

/** Files whose contents leave them out, such as binary ones, so that they are not read again until they change. */
export class BarrenFiles {
  readonly #files = new Map<string, BarrenFacts>();

  /** Whether a file was found barren and is as it was then. */
  public has({ path, sizeBytes, modifiedEpochMs }: ReadableCandidate): boolean {
    const known = this.#files.get(path);
    return known !== undefined && known.sizeBytes === sizeBytes && known.modifiedEpochMs === modifiedEpochMs;
  }

  public add({ path, sizeBytes, modifiedEpochMs }: ReadableCandidate): void {
    // Without a time nothing tells whether it changed.
    if (modifiedEpochMs !== undefined) {
      this.#files.set(path, { sizeBytes, modifiedEpochMs });
    }
  }

  public remove(path: string): void {
    this.#files.delete(path);
  }

  /** Forgets all others; returns whether there were any. */
  public removeAllBut(paths: ReadonlySet<string>): boolean {
    const gone = [...this.#files.keys()].filter((path) => !paths.has(path));
    gone.forEach((path) => this.#files.delete(path));
    return gone.length > 0;
  }

  public restore(files: Iterable<readonly [path: string, facts: BarrenFacts]>): void {
    for (const [path, facts] of files) {
      this.#files.set(path, facts);
    }
  }

  public entries(): readonly (readonly [path: string, facts: BarrenFacts])[] {
    return [...this.#files];
  }
}

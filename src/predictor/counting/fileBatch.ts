import type { FreshFile } from "./segmentShelf.ts";

/**
 * Tokens of the first segment, which is there for the first suggestions, and of the largest; each has twice as many as the one before.
 * What fits into the processor's cache is sorted in little more than half the time that twice as much takes for each token.
 */
const FIRST_SEGMENT_TOKENS = 1 << 15;
const LAST_SEGMENT_TOKENS = 1 << 19;

/** Files on their way into a segment. */
export class FileBatch {
  #files: FreshFile[] = [];
  #tokens = 0;
  #goalTokens = FIRST_SEGMENT_TOKENS;

  public get isFull(): boolean {
    return this.#tokens >= this.#goalTokens;
  }

  public add(file: FreshFile): void {
    this.#files.push(file);
    this.#tokens += file.passages.reduce((sum, { tokens }) => sum + tokens.length + 1, 0);
  }

  public take(): readonly FreshFile[] {
    const files = this.#files;
    this.#files = [];
    this.#tokens = 0;
    this.#goalTokens = Math.min(LAST_SEGMENT_TOKENS, this.#goalTokens * 2);
    return files;
  }
}

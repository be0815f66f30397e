import type { TypedHunk } from "./typedHunks.ts";

/**
 * The texts of new files as far as they were typed: without the lines of hunks that nobody has typed yet. So nothing that is told of a
 * document gives away what is to be typed in it later.
 */
export class DocumentProgress {
  /** For each path its lines, and which of them are there: 1 or 0. */
  readonly #documents = new Map<string, { readonly lines: readonly string[]; readonly isThere: Uint8Array }>();

  /** @param hunks all that will ever be typed, in any order */
  public constructor(hunks: readonly TypedHunk[]) {
    for (const { path, lines, from, to } of hunks) {
      const document = this.#documents.get(path) ?? { lines, isThere: new Uint8Array(lines.length).fill(1) };
      document.isThere.fill(0, from, to);
      this.#documents.set(path, document);
    }
  }

  /** Lines of a hunk are there from now on, up to and without line `to` of the new file. */
  public reveal({ path, from }: TypedHunk, to: number): void {
    this.#documents.get(path)?.isThere.fill(1, from, Math.max(from, to));
  }

  /** The text of a document as it is by now. */
  public text(path: string): string {
    const document = this.#documents.get(path);
    return document === undefined
      ? ""
      : document.lines
          .filter((_, line) => document.isThere[line] === 1)
          .map((line) => `${line}\n`)
          .join("");
  }
}

import type { LineRange, TypedHunk } from "./typedHunks.ts";

/**
 * A document in which a run of a hunk is being typed. Left of the caret is the new file up to there; right of it a line end and the new
 * file from the end of the hunk on, as after somebody opened an empty line at its place.
 */
export class TypingPlace {
  readonly path: string;
  readonly #above: string[];
  readonly #below: readonly string[];
  #prefix = "";

  public constructor({ path, lines, to }: TypedHunk, { from }: LineRange) {
    this.path = path;
    this.#above = lines.slice(0, from);
    this.#below = lines.slice(to);
  }

  public get lineCount(): number {
    return this.#above.length + 1 + this.#below.length;
  }

  /** The caret's line, from 0, and UTF-16 column, which is the line's end. */
  public get position(): { readonly line: number; readonly column: number } {
    return { line: this.#above.length, column: this.#prefix.length };
  }

  /** The text of a line without its end; "" beyond the document. */
  public lineText(line: number): string {
    const fromCaret = line - this.#above.length;
    return fromCaret === 0 ? this.#prefix : ((fromCaret < 0 ? this.#above[line] : this.#below[fromCaret - 1]) ?? "");
  }

  /** The last `length` UTF-16 units before the caret, fewer where the document begins. */
  public textBefore(length: number): string {
    let text = this.#prefix;
    for (let line = this.#above.length - 1; line >= 0 && text.length < length; line--) {
      text = `${this.#above[line] ?? ""}\n${text}`;
    }
    return text.slice(Math.max(0, text.length - length));
  }

  /** Types one UTF-16 unit. */
  public type(unit: string): void {
    if (unit === "\n") {
      this.#above.push(this.#prefix);
      this.#prefix = "";
    } else {
      this.#prefix += unit;
    }
  }
}

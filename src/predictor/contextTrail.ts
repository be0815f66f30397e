import type { DecodingTree } from "../decoding/decodingTree.ts";

/** A model's state at a place where no piece crosses: line starts above all. */
export interface Mark<S> {
  /** From the trail's start; the text before it has been read. */
  readonly utf16Offset: number;
  readonly state: S;
}

/** The part of a document before the caret that the editor sent, line ends normalised. */
export interface DocumentWindow {
  readonly text: string;
  /** Whether it begins where the document does; else it begins at some line's start. */
  readonly isFromStart: boolean;
}

/** Where a trail and a window of the document lie over each other. */
export interface TrailMatch {
  /** Index in the window of the trail's start; negative where the trail began before the window. */
  readonly shift: number;
  /** From the trail's start: up to here both have the same text. */
  readonly sharedEnd: number;
}

export interface TrailStart<S> {
  /** Text that `state` is known to have read last; where states begin, none. */
  readonly text: string;
  readonly state: S;
  readonly isFromStart: boolean;
  /** Where the trail begins in the window at hand. */
  readonly shift: number;
}

/** Text compared to find where a window begins in a trail. */
const ANCHOR_CHARS = 160;

/** Marks nearer to the trail's end than this are all kept. */
const DENSE_CHARS = 4_000;

/** Fewer marks than this are all kept. */
const MAX_DENSE_MARKS = 256;

/** Farther back, marks are this far apart. */
const SPARSE_CHARS = 600;

/**
 * A stretch of a document as a model has read it: its text, and states along it. States depend on all text before them, so they hold as
 * long as that text is the document's; the text itself is kept to tell.
 */
export class ContextTrail<S> {
  /** Whether the trail begins with the document, at START. */
  public readonly isFromStart: boolean;
  /** What predictions behind the last used mark were computed from; kept from key to key. */
  public tree: DecodingTree<S> | undefined;
  /** The version of the model that `tree` was computed with. */
  public treeVersion = 0;
  /** Text up to the last mark. */
  #text: string;
  /** Ascending. */
  #marks: Mark<S>[];
  #shift: number;

  public constructor({ text, state, isFromStart, shift }: TrailStart<S>) {
    this.#text = text;
    this.#marks = [{ utf16Offset: text.length, state }];
    this.isFromStart = isFromStart;
    this.#shift = shift;
  }

  /** How this trail fits a document of which `window` is known; undefined where it does not. */
  public match(window: DocumentWindow): TrailMatch | undefined {
    const shift = this.#findShift(window);
    if (shift === undefined) {
      return undefined;
    }
    this.#shift = shift;
    return { shift, sharedEnd: this.#sharedEnd(window.text, shift) };
  }
  /** The last mark at or before `utf16Offset`. */
  public lastMark(utf16Offset: number): Mark<S> | undefined {
    return this.#marks.findLast((mark) => mark.utf16Offset <= utf16Offset);
  }

  /**
   * Adds a mark.
   * @param stretch text between the mark before it and this one
   */
  public addMark(mark: Mark<S>, stretch: string): void {
    const from = mark.utf16Offset - stretch.length;
    if (!this.#text.startsWith(stretch, from)) {
      // The document has changed here: what was read behind it is another text.
      this.#text = this.#text.slice(0, from) + stretch;
      this.#marks = this.#marks.filter(({ utf16Offset }) => utf16Offset <= from);
    }
    const at = this.#marks.findLastIndex(({ utf16Offset }) => utf16Offset <= mark.utf16Offset);
    if (this.#marks[at]?.utf16Offset !== mark.utf16Offset) {
      this.#marks.splice(at + 1, 0, mark);
      this.#thin(mark.utf16Offset - DENSE_CHARS);
    }
  }

  /**
   * A short trail for text that ends with `anchor`, as some stretch of this one did: its state has read that and what stood before,
   * edited since.
   * @param shift where `anchor` begins in the window at hand
   */
  public approximate(anchor: string, shift: number): ContextTrail<S> | undefined {
    const from = this.#text.lastIndexOf(anchor);
    const mark = from < 0 ? undefined : this.lastMark(from + anchor.length);
    if (mark?.utf16Offset !== from + anchor.length) {
      return undefined;
    }
    return new ContextTrail({ text: anchor, state: mark.state, isFromStart: false, shift });
  }

  #findShift({ text: window, isFromStart: isWindowFromStart }: DocumentWindow): number | undefined {
    if (this.isFromStart && isWindowFromStart) {
      return 0;
    }
    if (this.#fits(window, this.#shift) && !(isWindowFromStart && this.#shift < 0)) {
      return this.#shift;
    }
    const windowHead = window.slice(0, ANCHOR_CHARS);
    const windowInTrail = isWindowFromStart || windowHead === "" ? -1 : this.#text.lastIndexOf(windowHead);
    if (windowInTrail >= 0) {
      return -windowInTrail;
    }
    const trailHead = this.#text.slice(0, ANCHOR_CHARS);
    const trailInWindow = this.isFromStart || trailHead === "" ? -1 : window.lastIndexOf(trailHead);
    return trailInWindow >= 0 ? trailInWindow : undefined;
  }

  #fits(window: string, shift: number): boolean {
    if (shift < 0) {
      return this.#text.startsWith(window.slice(0, ANCHOR_CHARS), -shift);
    }
    return shift <= window.length && window.startsWith(this.#text.slice(0, ANCHOR_CHARS), shift);
  }

  #sharedEnd(window: string, shift: number): number {
    const end = Math.min(this.#text.length, window.length - shift);
    let at = Math.max(0, -shift);
    while (at < end && this.#text.charCodeAt(at) === window.charCodeAt(at + shift)) {
      at++;
    }
    return at;
  }

  /** Drops marks before `end` that stand close to the one before them, so that giants do not fill the memory. */
  #thin(end: number): void {
    if (this.#marks.length < MAX_DENSE_MARKS) {
      return;
    }
    let lastKept = -Infinity;
    this.#marks = this.#marks.filter(({ utf16Offset }) => {
      const isKept = utf16Offset >= end || utf16Offset - lastKept >= SPARSE_CHARS;
      lastKept = isKept ? utf16Offset : lastKept;
      return isKept;
    });
  }
}

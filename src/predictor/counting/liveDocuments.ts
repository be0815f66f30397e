import type { CountIndex } from "../../models/counting/countIndex.ts";
import { comparePassages, type Passage } from "../../models/counting/passage.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";
import { localStart } from "../localReader.ts";
import { DocumentSections, type TextStretch } from "./documentSections.ts";

export interface LiveDocumentsOptions {
  readonly index: CountIndex;
  readonly vocabulary: Vocabulary;
  /** What is counted of a document as its file says, without edits; undefined where it is not to be counted at all. */
  readonly basis: (document: string) => readonly Passage[] | undefined;
}

/** Where somebody writes. */
export interface CaretPlacement {
  /** From 0 */
  readonly line: number;
  /** Whether the text before it is in local counts, and so must not be in these as well. */
  readonly isLocal: boolean;
}

/** An open document as it stands. */
interface LiveDocument {
  text: string;
  /** What is counted of it: `text`, or a text before it until that is read; undefined where none was. */
  read: ReadText | undefined;
  /** Of `text`, while it is being read. */
  reading: ReadText | undefined;
  caret: CaretPlacement | null;
  /** Whether the counts are on their way to what they should be. */
  isMoving: boolean;
  /** How the counts differ from those of the file. */
  difference: Difference;
}

interface Difference {
  /** In the file and not in the document. */
  readonly gone: readonly Passage[];
  /** In the document and not in the file. */
  readonly added: readonly Passage[];
}

/** Tokens that are learnt and forgotten at once: two milliseconds. */
const MOVE_TOKENS = 1 << 12;

const NO_DIFFERENCE: Difference = { gone: [], added: [] };

/**
 * Keeps counts as open documents stand. The line that is being written is left out: its own beginning and what stands behind
 * the caret would else be the best match for everything that is asked there. So is what local counts have.
 */
export class LiveDocuments {
  readonly #options: LiveDocumentsOptions;
  readonly #documents = new Map<string, LiveDocument>();
  /** Where somebody writes, whether or not the text there is known yet. */
  #written: { readonly document: string; readonly caret: CaretPlacement } | undefined;

  public constructor(options: LiveDocumentsOptions) {
    this.#options = options;
  }

  /**
   * Takes in a document's text, line ends normalised; yields between small pieces of work. What came earlier and is not done is given
   * up. Of a document that is not to be counted the text is only kept: see `apply`.
   */
  public *update(document: string, text: string): Generator<void, void> {
    const { vocabulary, index, basis } = this.#options;
    const live = this.#documents.get(document) ?? this.#open(document);
    const previous = (live.reading ?? live.read)?.sections;
    live.text = text;
    live.reading = undefined;
    if (basis(document) === undefined) {
      return;
    }
    const read = new ReadText(text, DocumentSections.cut(text, { vocabulary, isRedacted: false, previous }));
    // What was read before stays in force meanwhile.
    live.reading = read;
    for (const work = read.examine(live.caret); work.next().done !== true;) {
      yield;
      if (live.reading !== read || this.#documents.get(document) !== live) {
        return;
      }
    }
    live.reading = undefined;
    live.read = read;
    live.isMoving = true;
    while (live.isMoving && live.read === read && this.#documents.get(document) === live) {
      live.isMoving = this.#move(document, live, MOVE_TOKENS);
      yield;
      index.settle();
      yield;
    }
  }

  /**
   * Leaves out the line with the caret and what is counted locally, and counts what was left out before: all of the
   * document that was written in until now, if that was another.
   */
  public placeCaret(document: string, caret: CaretPlacement): void {
    const before = this.#written?.document;
    this.#written = { document, caret };
    if (before !== undefined && before !== document) {
      this.#setCaret(before, null);
    }
    this.#setCaret(document, caret);
  }

  /** Counts the file as it lies on the disk again. */
  public close(document: string): void {
    if (this.#written?.document === document) {
      this.#written = undefined;
    }
    const live = this.#documents.get(document);
    if (live !== undefined) {
      this.#documents.delete(document);
      this.#change(live, NO_DIFFERENCE);
    }
  }

  /**
   * Makes the counts those of the document, whatever is counted of its file now.
   * @returns whether its text has not been read, since it was not to be counted: then it is to be told again
   */
  public apply(document: string): boolean {
    const live = this.#documents.get(document);
    if (live === undefined) {
      return false;
    }
    live.isMoving = false;
    this.#move(document, live, Infinity);
    return live.reading === undefined && live.read?.text !== live.text && this.#options.basis(document) !== undefined;
  }

  #open(document: string): LiveDocument {
    const caret = this.#written?.document === document ? this.#written.caret : null;
    const live = { ...EMPTY_DOCUMENT, caret };
    this.#documents.set(document, live);
    return live;
  }

  #setCaret(document: string, caret: CaretPlacement | null): void {
    const live = this.#documents.get(document);
    if (live !== undefined && (live.caret?.line !== caret?.line || live.caret?.isLocal !== caret?.isLocal)) {
      live.caret = caret;
      if (!live.isMoving) {
        this.#move(document, live, Infinity);
      }
    }
  }

  /**
   * Brings the counts nearer to the document.
   * @param maxTokens to learn and forget, more by one passage at most
   * @returns whether there is more to do
   */
  #move(document: string, live: LiveDocument, maxTokens: number): boolean {
    if (live.read === undefined) {
      return false;
    }
    const basis = this.#options.basis(document);
    const goal = basis === undefined ? NO_DIFFERENCE : comparePassages(basis, live.read.passages(live.caret));
    const gone = comparePassages(live.difference.gone, goal.gone);
    const added = comparePassages(live.difference.added, goal.added);
    let tokens = 0;
    const isNow = (passage: Passage): boolean => {
      const isRoom = tokens < maxTokens;
      tokens += passage.tokens.length;
      return isRoom;
    };
    // What is not done now is as if it were not wanted yet.
    const goneLater = new Set(gone.added.filter((passage) => !isNow(passage)));
    const addedLater = new Set(added.added.filter((passage) => !isNow(passage)));
    const without = (passages: readonly Passage[], later: ReadonlySet<Passage>): readonly Passage[] =>
      later.size === 0 ? passages : passages.filter((passage) => !later.has(passage));
    this.#change(live, { gone: without(goal.gone, goneLater), added: without(goal.added, addedLater) });
    return goneLater.size + addedLater.size > 0;
  }

  #change(live: LiveDocument, difference: Difference): void {
    const { index } = this.#options;
    const gone = comparePassages(live.difference.gone, difference.gone);
    const added = comparePassages(live.difference.added, difference.added);
    // First what comes, so that what goes is there whatever the order of edits and scans was.
    for (const passage of [...gone.gone, ...added.added]) {
      index.learnPassage(passage);
    }
    for (const passage of [...gone.added, ...added.gone]) {
      index.forgetPassage(passage);
    }
    live.difference = difference;
  }
}

const EMPTY_DOCUMENT: LiveDocument = {
  text: "",
  read: undefined,
  reading: undefined,
  caret: null,
  isMoving: false,
  difference: NO_DIFFERENCE,
};

/** A text in sections, and what is to be counted of it; kept until the caret is elsewhere. */
class ReadText {
  public readonly text: string;
  public readonly sections: DocumentSections;
  #hole: { readonly caret: CaretPlacement | null; readonly stretch: TextStretch | null } | undefined;
  #passages: readonly Passage[] | undefined;

  public constructor(text: string, sections: DocumentSections) {
    this.text = text;
    this.sections = sections;
  }

  /** Finds what `passages` needs; yields between small pieces of work. */
  public examine(caret: CaretPlacement | null): Generator<void, void> {
    return this.sections.examine(this.#holeAt(caret));
  }

  public passages(caret: CaretPlacement | null): readonly Passage[] {
    const hole = this.#holeAt(caret);
    this.#passages ??= this.sections.passages(hole);
    return this.#passages;
  }

  #holeAt(caret: CaretPlacement | null): TextStretch | null {
    if (this.#hole?.caret !== caret) {
      this.#hole = { caret, stretch: holeIn(this.text, caret) };
      this.#passages = undefined;
    }
    return this.#hole.stretch;
  }
}

/** What is left out because of the caret; with its newline, and the last line where there are not so many. */
function holeIn(text: string, caret: CaretPlacement | null): TextStretch | null {
  if (caret === null) {
    return null;
  }
  let start = 0;
  for (let count = 0; count < caret.line; count++) {
    const newline = text.indexOf("\n", start);
    if (newline < 0) {
      break;
    }
    start = newline + 1;
  }
  const newline = text.indexOf("\n", start);
  const end = newline < 0 ? text.length : newline + 1;
  return { start: caret.isLocal ? localStart(text.slice(0, start)) : start, end };
}

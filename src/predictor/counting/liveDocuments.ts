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
  /** Of `text`, or of the text before it while that is being cut. */
  sections: DocumentSections | undefined;
  sectionsText: string;
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
  /** Where somebody writes. */
  #written: string | undefined;

  public constructor(options: LiveDocumentsOptions) {
    this.#options = options;
  }

  /** Takes in a document's text, line ends normalised; yields between small pieces of work. What came earlier and is not done is given up. */
  public *update(document: string, text: string): Generator<void, void> {
    const { vocabulary, index } = this.#options;
    const live = this.#documents.get(document) ?? emptyDocument();
    live.text = text;
    this.#documents.set(document, live);
    const isGone = (): boolean => live.text !== text || this.#documents.get(document) !== live;
    live.sections = DocumentSections.cut(text, { vocabulary, isRedacted: false, previous: live.sections });
    live.sectionsText = text;
    for (const work = live.sections.examine(holeOf(live)); work.next().done !== true;) {
      yield;
      if (isGone()) {
        return;
      }
    }
    live.isMoving = true;
    while (!isGone() && live.isMoving) {
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
    if (this.#written !== undefined && this.#written !== document) {
      this.#setCaret(this.#written, null);
    }
    this.#written = document;
    this.#setCaret(document, caret);
  }

  /** Counts the file as it lies on the disk again. */
  public close(document: string): void {
    const live = this.#documents.get(document);
    if (live !== undefined) {
      this.#documents.delete(document);
      this.#change(live, NO_DIFFERENCE);
    }
  }

  /** Makes the counts those of the document, whatever is counted of its file now. */
  public apply(document: string): void {
    const live = this.#documents.get(document);
    if (live !== undefined) {
      this.#move(document, live, Infinity);
    }
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
    if (live.sections === undefined) {
      return false;
    }
    const basis = this.#options.basis(document);
    const goal = basis === undefined ? NO_DIFFERENCE : comparePassages(basis, live.sections.passages(holeOf(live)));
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

function emptyDocument(): LiveDocument {
  return { text: "", sections: undefined, sectionsText: "", caret: null, isMoving: false, difference: NO_DIFFERENCE };
}

/** What is left out because of the caret; with its newline, and the last line where there are not so many. */
function holeOf({ caret, sectionsText: text }: LiveDocument): TextStretch | null {
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

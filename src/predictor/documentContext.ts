import { type DecodingNode, DecodingTree } from "../decoding/decodingTree.ts";
import { cutTypedPrefix } from "../decoding/typedPrefix.ts";
import { ContextTrail, type DocumentWindow, type Mark } from "./contextTrail.ts";
import type { ReadingModel } from "./readingModel.ts";

/** Where the model stands at the caret: what was typed of the unfinished piece comes next. */
export interface CaretState<S> {
  readonly tree: DecodingTree<S>;
  readonly node: DecodingNode<S>;
  readonly typedBytes: Uint8Array;
}

export interface ReadOptions {
  /** Most text to read now; what stands farther back is left to `deepen`. */
  readonly maxChars: number;
  /** Asked before every model step; once true, reading ends and what was read is kept. */
  readonly shouldStop: () => boolean;
}

/** A document that is not longer than this before the caret is read from its start. */
const FULL_CONTEXT_CHARS = 6_000;

/** Of a longer one, this much before the caret is read. */
const WINDOW_CONTEXT_CHARS = 4_000;

/** Text above that, which matches are looked for in and the network does not read: some milliseconds. */
const MATCHED_CHARS = 20_000;

/** Read first, for something to answer from while the rest is being read. */
const QUICK_CONTEXT_CHARS = 500;

/** Longest stretch between two marks, for lines that never end. */
const MAX_STRETCH_CHARS = 512;

/** Trails kept of a document: the one in use, a deeper one being read, and what an edit far above left behind. */
const MAX_TRAILS = 4;

/** Trails that keep their tree: the one in use and the one being deepened. */
const MAX_TREES = 2;

/** Computed nodes after which a tree forgets what lies beside the caret's path: 300 of 1×512 with 1,024 pieces take 4 MB. */
const MAX_TREE_NODES = 300;

/** Less context than this is not worth an answer. */
const MIN_FRESH_CHARS = 8;

/** Shortest text that tells a place by what stands before it. */
const MIN_ANCHOR_CHARS = 24;
const ANCHOR_CHARS = 160;

/** Lines above the caret tried as anchors. */
const ANCHOR_LINES = 3;

/**
 * What a model has read of one document. States stay at line starts, so that a key costs the new characters only; where text far above
 * changes, reading goes on from the nearest state that still holds, and until it arrives answers come from less context.
 */
export class DocumentContext<S> {
  readonly #reading: ReadingModel<S>;
  /** The one last used comes first. */
  #trails: ContextTrail<S>[] = [];

  public constructor(reading: ReadingModel<S>) {
    this.#reading = reading;
  }

  /**
   * Reads up to the caret from the most context that is near enough; yields after every model step.
   * @returns undefined where it was stopped
   */
  public *read(window: DocumentWindow, options: ReadOptions): Generator<void, CaretState<S> | undefined> {
    const isNear = ({ missingChars }: Approach<S>): boolean => missingChars <= options.maxChars;
    const approach =
      this.#approaches(window).filter(isNear).sort(byContext)[0] ??
      this.#approximate(window, options.maxChars) ??
      this.#begin(window, freshStart(window, Math.max(MIN_FRESH_CHARS, options.maxChars), this.#reading));
    return yield* this.#readAlong(approach, window, options.shouldStop);
  }

  /** Reads all the context that is worth it, in two stages, so that later answers come from it; yields after every model step. */
  public *deepen(window: DocumentWindow, shouldStop: () => boolean): Generator<void, void> {
    for (const goalChars of [QUICK_CONTEXT_CHARS, contextGoal(window)]) {
      const goal = Math.min(goalChars, window.text.length);
      // A trail from far above would have to read more than one that begins anew.
      const isDeep = ({ contextChars, missingChars }: Approach<S>): boolean =>
        contextChars >= goal && missingChars <= goal + MAX_STRETCH_CHARS;
      const nearest = this.#approaches(window)
        .filter(isDeep)
        .sort((a, b) => a.missingChars - b.missingChars)[0];
      const approach = nearest ?? this.#begin(window, lineStartBefore(window.text, window.text.length - goalChars));
      if (shouldStop() || (yield* this.#readAlong(approach, window, shouldStop)) === undefined) {
        return;
      }
    }
  }

  /** The state that has read a window up to `utf16Offset` and no farther; undefined where none was kept. */
  public stateAt(window: DocumentWindow, utf16Offset: number): S | undefined {
    for (const trail of this.#trails) {
      const match = trail.match(window);
      const offset = utf16Offset - (match?.shift ?? 0);
      const mark = match === undefined || offset > match.sharedEnd ? undefined : trail.lastMark(offset);
      if (mark?.utf16Offset === offset) {
        return mark.state;
      }
    }
    return undefined;
  }

  /** Every trail that leads to the caret. */
  #approaches(window: DocumentWindow): Approach<S>[] {
    return this.#trails.flatMap((trail) => {
      const match = trail.match(window);
      const mark = match === undefined ? undefined : trail.lastMark(match.sharedEnd);
      return match === undefined || mark === undefined
        ? []
        : [this.#approachAlong(trail, { mark, shift: match.shift, window })];
    });
  }

  #approachAlong(trail: ContextTrail<S>, { mark, shift, window }: TrailPlace<S>): Approach<S> {
    const caret = window.text.length - shift;
    const unread = window.text.slice(mark.utf16Offset + shift);
    const isLine = unread.length <= 2 * MAX_STRETCH_CHARS && trail.tree?.root.state === mark.state;
    return {
      trail,
      mark,
      shift,
      missingChars: isLine ? unread.length * this.#unknownShare(trail.tree, unread) : unread.length,
      contextChars: trail.isFromStart ? Infinity : caret,
    };
  }

  /** Share of a text's tokens that a tree has not computed yet. */
  #unknownShare(tree: DecodingTree<S> | undefined, text: string): number {
    const { tokens } = cutTypedPrefix(this.#reading.vocabulary, text);
    let node = tree?.root;
    for (const [index, token] of tokens.entries()) {
      node = node?.knownChild(token);
      if (node?.state === undefined) {
        return (tokens.length - index) / tokens.length;
      }
    }
    return 0;
  }

  /** A state that has read the lines above the caret, though what stood farther up has changed since. */
  #approximate(window: DocumentWindow, maxChars: number): Approach<S> | undefined {
    let end = window.text.lastIndexOf("\n") + 1;
    for (let line = 0; line < ANCHOR_LINES && end >= MIN_ANCHOR_CHARS && window.text.length - end <= maxChars; line++) {
      const start = Math.max(0, end - ANCHOR_CHARS);
      for (const trail of this.#trails) {
        const short = trail.approximate(window.text.slice(start, end), start);
        const mark = short?.lastMark(end - start);
        if (short !== undefined && mark !== undefined) {
          this.#use(short);
          return this.#approachAlong(short, { mark, shift: start, window });
        }
      }
      end = window.text.lastIndexOf("\n", end - 2) + 1;
    }
    return undefined;
  }

  /** Tokens above a trail that names and such may come again from; none for a short trail, which is to be quick. */
  #tokensBefore(text: string, start: number): readonly number[] {
    const isQuick = text.length - start < WINDOW_CONTEXT_CHARS;
    return isQuick
      ? []
      : [...this.#reading.vocabulary.encode(text.slice(lineStartBefore(text, start - MATCHED_CHARS), start))];
  }

  /** A new trail from `start` in the window. */
  #begin(window: DocumentWindow, start: number): Approach<S> {
    const { model, vocabulary } = this.#reading;
    const isFromStart = start === 0 && window.isFromStart;
    // A document begins with START. In its midst a newline comes before a line.
    const lead = isFromStart ? [vocabulary.startId] : vocabulary.encode("\n");
    let state = model.initialState(isFromStart ? [] : this.#tokensBefore(window.text, start));
    for (const token of lead) {
      state = model.advance(state, token);
    }
    const trail = new ContextTrail({ text: "", state, isFromStart, shift: start });
    this.#use(trail);
    return this.#approachAlong(trail, { mark: { utf16Offset: 0, state }, shift: start, window });
  }

  *#readAlong(
    { trail, mark, shift }: Approach<S>,
    { text }: DocumentWindow,
    shouldStop: () => boolean,
  ): Generator<void, CaretState<S> | undefined> {
    const { vocabulary } = this.#reading;
    this.#use(trail);
    let from = mark;
    for (;;) {
      const start = from.utf16Offset + shift;
      const end = stretchEnd(text, start, vocabulary);
      if (end === undefined) {
        break;
      }
      const stretch = text.slice(start, end);
      const state = yield* this.#advanceOver(trail, from, { stretch, shouldStop });
      if (state === undefined) {
        return undefined;
      }
      from = { utf16Offset: end - shift, state };
      trail.addMark(from, stretch);
    }
    return yield* this.#reachCaret(trail, from, { text: text.slice(from.utf16Offset + shift), shouldStop });
  }

  /** The state after `stretch`; what was computed while it was typed is used again. */
  *#advanceOver(
    trail: ContextTrail<S>,
    from: Mark<S>,
    { stretch, shouldStop }: Stretch,
  ): Generator<void, S | undefined> {
    const { model, vocabulary, pace, clock } = this.#reading;
    const root = trail.tree?.root;
    let known = root?.state === from.state ? root : undefined;
    let state = from.state;
    let computedCount = 0;
    let ms = 0;
    const tokens = vocabulary.encode(stretch);
    try {
      for (const token of tokens) {
        known = known?.knownChild(token);
        if (known?.state !== undefined) {
          state = known.state;
          continue;
        }
        if (shouldStop()) {
          return undefined;
        }
        const startedMs = clock.nowMs();
        state = model.advance(state, token);
        ms += clock.nowMs() - startedMs;
        computedCount++;
        yield;
      }
    } finally {
      pace.record({ tokens: computedCount, chars: (stretch.length * computedCount) / Math.max(1, tokens.length), ms });
    }
    return state;
  }

  *#reachCaret(
    trail: ContextTrail<S>,
    { state }: Mark<S>,
    { text, shouldStop }: { readonly text: string; readonly shouldStop: () => boolean },
  ): Generator<void, CaretState<S> | undefined> {
    const { vocabulary } = this.#reading;
    const tree = this.#treeFrom(trail, state);
    const { tokens, typedBytes } = cutTypedPrefix(vocabulary, text);
    const walk = tree.walk(tree.root, tokens);
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done === true) {
        if (tree.computedCount > MAX_TREE_NODES) {
          tree.keepPathTo(step.value);
        }
        return { tree, node: step.value, typedBytes };
      }
      if (shouldStop()) {
        return undefined;
      }
      yield;
    }
  }

  /** The trail's tree, if it begins at `state`, without what the model would not say any more; else a new one. */
  #treeFrom(trail: ContextTrail<S>, state: S): DecodingTree<S> {
    const { model, pieces } = this.#reading;
    const version = this.#reading.version();
    if (trail.tree?.root.state !== state) {
      trail.tree = new DecodingTree(model, pieces, state);
    } else if (trail.treeVersion !== version) {
      trail.tree = trail.tree.withoutDistributions();
    }
    trail.treeVersion = version;
    return trail.tree;
  }

  /** Gives back what only makes the next key quicker; states along the document stay. */
  public releaseTrees(): void {
    for (const trail of this.#trails) {
      trail.tree = undefined;
    }
  }

  #use(trail: ContextTrail<S>): void {
    this.#trails = [trail, ...this.#trails.filter((other) => other !== trail)].slice(0, MAX_TRAILS);
    for (const idle of this.#trails.slice(MAX_TREES)) {
      idle.tree = undefined;
    }
  }
}

/** A way to the caret: from a mark of a trail. */
interface Approach<S> {
  readonly trail: ContextTrail<S>;
  readonly mark: Mark<S>;
  readonly shift: number;
  /** Text still to be read. */
  readonly missingChars: number;
  /** Text that will have been read at the caret; Infinity where it begins with the document. */
  readonly contextChars: number;
}

interface Stretch {
  readonly stretch: string;
  readonly shouldStop: () => boolean;
}

interface TrailPlace<S> {
  readonly mark: Mark<S>;
  readonly shift: number;
  readonly window: DocumentWindow;
}

/** More context first; beyond what is worth reading, what is nearer. */
function byContext<S>(a: Approach<S>, b: Approach<S>): number {
  const worth = ({ contextChars }: Approach<S>): number => Math.min(contextChars, WINDOW_CONTEXT_CHARS);
  return worth(b) - worth(a) || a.missingChars - b.missingChars;
}

/** How much context is worth reading; Infinity for all from the document's start. */
function contextGoal({ text, isFromStart }: DocumentWindow): number {
  return isFromStart && text.length <= FULL_CONTEXT_CHARS ? Infinity : WINDOW_CONTEXT_CHARS;
}

/** The last line start at or before `utf16Offset`. */
function lineStartBefore(text: string, utf16Offset: number): number {
  return utf16Offset <= 0 ? 0 : text.lastIndexOf("\n", utf16Offset - 1) + 1;
}

/** Where to begin so that at most `maxChars` are left to read: at a line start if any is near, else where a piece ends. */
function freshStart<S>({ text }: DocumentWindow, maxChars: number, { vocabulary }: ReadingModel<S>): number {
  const earliest = text.length - maxChars;
  if (earliest <= 0) {
    return 0;
  }
  const lineStart = text.indexOf("\n", earliest - 1) + 1;
  if (lineStart > 0) {
    return lineStart;
  }
  const currentLine = text.lastIndexOf("\n") + 1;
  // Cut as the tokenizer would cut the whole line; on a giant line a few pieces less far back are enough to agree.
  const from = Math.max(currentLine, earliest - MAX_STRETCH_CHARS);
  return from + vocabulary.lastBoundary(text.slice(from, earliest));
}

/** The end of the stretch that starts at `start`: a line, or part of a giant one; undefined where the caret's line begins or goes on. */
function stretchEnd(
  text: string,
  start: number,
  vocabulary: { lastBoundary(text: string): number },
): number | undefined {
  const newline = text.indexOf("\n", start);
  const end = newline < 0 ? text.length : newline + 1;
  if (end - start <= MAX_STRETCH_CHARS) {
    return newline < 0 ? undefined : end;
  }
  const boundary = vocabulary.lastBoundary(text.slice(start, start + MAX_STRETCH_CHARS));
  return boundary > 0 ? start + boundary : undefined;
}

import { redactSecrets } from "../corpus/secrets.ts";
import type { LocalCounts } from "../models/counting/localCounts.ts";
import { extendHistory, type TokenHistory } from "../models/counting/tokenHistory.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { DocumentWindow } from "./contextTrail.ts";

/** Of the text before the caret's line, this much is kept in mind. */
const LOCAL_CHARS = 16_000;
/** It is cut off at lines, and a good deal at once, so that a key moves nothing. */
const CUT_CHARS = 4_000;
/** Lines that have to agree for a text to be taken up where another one has it. */
const ANCHOR_LINES = 3;
/** Work between two yields. */
const SLICE_LINES = 8;

interface LearntLine {
  readonly text: string;
  readonly tokens: readonly LearntToken[];
}

interface LearntToken {
  readonly context: TokenHistory | null;
  readonly token: number;
}

/** Keeps local counts those of the text before the caret's line, without its secrets, learning and forgetting what changed. */
export class LocalReader {
  readonly #local: LocalCounts;
  readonly #vocabulary: Vocabulary;
  readonly #lines: LearntLine[] = [];
  #document = "";
  /** The text whose counts these are; undefined while that changes. */
  #followed: string | undefined;
  /** The text whose last line was told of as typed. */
  #told: string | undefined;
  #version = 0;
  #ticket = 0;

  public constructor(local: LocalCounts, vocabulary: Vocabulary) {
    this.#local = local;
    this.#vocabulary = vocabulary;
  }

  /** Changes with every change of the counts. */
  public get version(): number {
    return this.#version;
  }

  /**
   * The line by which the text is longer than what is in mind, at its end and nowhere else: somebody has just finished it.
   * Told once.
   */
  public typedLine(document: string, { text }: DocumentWindow): string | undefined {
    const above = text.slice(0, text.lastIndexOf("\n") + 1);
    const kept = above.slice(localStart(above));
    const followed = document === this.#document ? this.#followed : undefined;
    if (followed === undefined || followed === "" || !kept.startsWith(followed) || kept === this.#told) {
      return undefined;
    }
    this.#told = kept;
    const line = kept.slice(followed.length);
    const isOne = line !== "" && line.indexOf("\n") === line.length - 1;
    return isOne &&
      redactSecrets(kept).text.endsWith(followed.slice(followed.lastIndexOf("\n", followed.length - 2) + 1) + line)
      ? line
      : undefined;
  }

  /** Follows the caret; yields between small pieces of work, and ends once a newer call has come. */
  public *follow(document: string, { text, isFromStart }: DocumentWindow): Generator<void, void> {
    const ticket = ++this.#ticket;
    const above = text.slice(0, text.lastIndexOf("\n") + 1);
    const start = localStart(above);
    const kept = above.slice(start);
    if (document === this.#document && kept === this.#followed) {
      return;
    }
    this.#followed = undefined;
    const lines = redactSecrets(kept).text.split(/(?<=\n)/);
    const isSame = document === this.#document;
    this.#document = document;
    let foreign = isSame ? this.#indexOf(lines) : this.#lines.length;
    for (let count = 1; foreign > 0; foreign--, count++) {
      this.#forget(0);
      if (count % SLICE_LINES === 0) {
        yield;
        if (ticket !== this.#ticket) {
          return;
        }
      }
    }
    let same = 0;
    while (same < lines.length && this.#lines[same]?.text === lines[same]) {
      same++;
    }
    for (let count = 1; this.#lines.length > same; count++) {
      this.#forget(this.#lines.length - 1);
      if (count % SLICE_LINES === 0) {
        yield;
        if (ticket !== this.#ticket) {
          return;
        }
      }
    }
    const begin = isFromStart && start === 0 ? this.#start() : null;
    for (const [index, line] of lines.slice(same).entries()) {
      if (line !== "") {
        this.#learn(line, this.#historyBehind(same + index) ?? begin);
      }
      if (index % SLICE_LINES === SLICE_LINES - 1) {
        yield;
        if (ticket !== this.#ticket) {
          return;
        }
      }
    }
    this.#followed = kept;
  }

  /** Where among the lines known the new ones begin; behind them all where they do not. */
  #indexOf(lines: readonly string[]): number {
    const anchor = lines.slice(0, ANCHOR_LINES);
    const found = this.#lines.findIndex((_, index) => anchor.every((line, n) => this.#lines[index + n]?.text === line));
    return found < 0 ? this.#lines.length : found;
  }

  #forget(index: number): void {
    const [line] = this.#lines.splice(index, 1);
    for (const { context, token } of line?.tokens ?? []) {
      this.#local.forget(context, token);
    }
    this.#version++;
  }

  #learn(text: string, before: TokenHistory | null): void {
    let history = before;
    const tokens: LearntToken[] = [];
    for (const token of this.#vocabulary.encode(text)) {
      this.#local.learn(history, token);
      tokens.push({ context: history, token });
      history = extendHistory(history, token, this.#vocabulary.startId);
    }
    this.#lines.push({ text, tokens });
    this.#version++;
  }

  #historyBehind(lineCount: number): TokenHistory | null {
    const last = this.#lines[lineCount - 1]?.tokens.at(-1);
    return last === undefined ? null : extendHistory(last.context, last.token, this.#vocabulary.startId);
  }

  #start(): TokenHistory {
    return extendHistory(null, this.#vocabulary.startId, this.#vocabulary.startId);
  }
}

/** Where, of the text before the caret's line, that begins which is kept in mind: it moves in jumps. */
export function localStart(text: string): number {
  const cut = Math.floor(Math.max(0, text.length - LOCAL_CHARS) / CUT_CHARS) * CUT_CHARS;
  return cut === 0 ? 0 : text.indexOf("\n", cut) + 1;
}

import { findSecrets } from "../corpus/secrets.ts";
import type { LocalCounts } from "../models/counting/localCounts.ts";
import { extendHistory, type TokenHistory } from "../models/counting/tokenHistory.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { DocumentWindow } from "./contextTrail.ts";

/** Of the text before the caret's line, this much is kept in mind. */
const LOCAL_CHARS = 16_000;
/** It is cut off at lines, and a good deal at once, so that a key moves nothing. */
const CUT_CHARS = 4_000;
/** Secrets are looked for from this far before, so that one which begins there is not kept in part: a key of 4,096 bits takes 3,300. */
const SECRET_LEAD_CHARS = 8_000;
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
  public typedLine(document: string, window: DocumentWindow): string | undefined {
    const above = linesAbove(window);
    const kept = above.slice(localStart(above));
    const followed = document === this.#document ? this.#followed : undefined;
    if (followed === undefined || followed === "" || !kept.startsWith(followed) || kept === this.#told) {
      return undefined;
    }
    this.#told = kept;
    const line = kept.slice(followed.length);
    const isOne = line !== "" && line.indexOf("\n") === line.length - 1;
    return isOne &&
      withoutSecrets(above, window).endsWith(followed.slice(followed.lastIndexOf("\n", followed.length - 2) + 1) + line)
      ? line
      : undefined;
  }

  /** Follows the caret; yields between small pieces of work, and ends once a newer call has come. */
  public *follow(document: string, window: DocumentWindow): Generator<void, void> {
    const ticket = ++this.#ticket;
    const above = linesAbove(window);
    const start = localStart(above);
    const kept = above.slice(start);
    if (document === this.#document && kept === this.#followed) {
      return;
    }
    this.#followed = undefined;
    const lines = withoutSecrets(above, window).split(/(?<=\n)/);
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
    const begin = window.isFromStart && start === 0 ? this.#start() : null;
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

/** The text before the caret's line. */
function linesAbove({ text }: DocumentWindow): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}

/** What is kept in mind of the text before the caret's line, less the lines in which secrets stand, wherever those begin. */
function withoutSecrets(above: string, { isFromStart }: Pick<DocumentWindow, "isFromStart">): string {
  const start = localStart(above);
  const from = start <= SECRET_LEAD_CHARS ? 0 : above.indexOf("\n", start - SECRET_LEAD_CHARS) + 1;
  const searched = above.slice(from);
  const cutOff = from === 0 && !isFromStart ? endOfCutKey(searched) : 0;
  let kept = "";
  let at = Math.max(start - from, cutOff);
  for (const finding of findSecrets(searched)) {
    const lineStart = searched.lastIndexOf("\n", finding.start - 1) + 1;
    const newline = searched.indexOf("\n", finding.end);
    kept += searched.slice(at, Math.max(at, lineStart));
    at = Math.max(at, newline < 0 ? searched.length : newline + 1);
  }
  return kept + searched.slice(at);
}

/** Where a key block ends that began before the text: behind its last mark, or behind its rows where the text ends before that. */
function endOfCutKey(text: string): number {
  const end = /^.*(?:-----END[ A-Z0-9]{0,40}PRIVATE KEY|Private-MAC:).*\n?/m.exec(text);
  const begin = text.search(/-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY|PuTTY-User-Key-File-/);
  if (end !== null && (begin < 0 || end.index < begin)) {
    return end.index + end[0].length;
  }
  return /^(?:[ \t"'`#*|>]{0,20}[A-Za-z0-9+/=]{40,}(?:\\[nr]){0,2}["'`+,; \t]{0,8}\n)*/.exec(text)?.[0].length ?? 0;
}

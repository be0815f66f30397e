import * as vscode from "vscode";
import { toErrorData } from "../base/errors.ts";
import type { Log } from "../base/ports.ts";
import type { Timer } from "../node/nodeTimer.ts";
import type { CompletionAnswer, CompletionQuery, PredictedSuggestion } from "../protocol/predictorMessages.ts";
import { buildCompletionQuery } from "../protocol/completionQuery.ts";
import { linesOf, plainPosition, plainRange } from "./editorDocument.ts";
import type { WritingPlace } from "../suggestions/offerWatch.ts";
import type { AcceptanceStore } from "./acceptanceStore.ts";
import { acceptedItem } from "./acceptedItem.ts";
import { freshAnswer } from "./freshAnswer.ts";
import type { SuggestionCounter } from "./suggestionCounter.ts";

/** Runs when a suggestion was accepted whole; takes an `AcceptedItem`. */
export const DID_ACCEPT_COMMAND = "inkling.didAccept";

/** Documents that people write in: files, new ones without a name, and the cells of notebooks. */
export const WRITTEN_DOCUMENTS: readonly vscode.DocumentFilter[] = [
  { scheme: "file" },
  { scheme: "untitled" },
  { scheme: "vscode-notebook-cell" },
];

/** What the predictor may take of the 50 ms in which an answer feels immediate; the rest is the way there and back. */
const ANSWER_BUDGET_MS = 40;

/** After this the answer is given up: the pop-up with the editor's own suggestions waits for us. */
const GIVE_UP_MS = 250;

export interface InlineProviderParts {
  readonly complete: (query: CompletionQuery, signal: AbortSignal) => Promise<CompletionAnswer>;
  readonly isWanted: (document: vscode.TextDocument) => boolean;
  readonly counter: SuggestionCounter;
  readonly acceptance: AcceptanceStore;
  readonly timer: Timer;
  readonly log: Log;
}

/** Offers the predictor's suggestions as ghost text. Never throws, never opens a dialog; silent when unsure. */
export class InlineProvider implements vscode.InlineCompletionItemProvider {
  readonly #parts: InlineProviderParts;

  public constructor(parts: InlineProviderParts) {
    this.#parts = parts;
  }

  // eslint-disable-next-line @typescript-eslint/max-params -- the editor's own signature
  public async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]> {
    try {
      return await this.#provide({ document, position, context, token });
    } catch (error) {
      this.#parts.log.write("warning", `No suggestion: ${toErrorData(error).message}`);
      return [];
    }
  }

  async #provide({ document, position, context, token }: InlineRequest): Promise<vscode.InlineCompletionItem[]> {
    if (!this.#parts.isWanted(document) || hasSeveralCarets(document)) {
      return [];
    }
    const { selectedCompletionInfo: selected } = context;
    this.#parts.acceptance.didWrite(writingPlace(document, position));
    const query = buildCompletionQuery(linesOf(document), {
      document: document.uri.toString(),
      position: plainPosition(position),
      selectedCompletion: selected === undefined ? null : { text: selected.text, range: plainRange(selected.range) },
      trigger: context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke ? "explicit" : "automatic",
      languageId: document.languageId,
      acceptedShare: this.#parts.acceptance.share(document.languageId),
      budgetMs: ANSWER_BUDGET_MS,
    });
    if (query === undefined) {
      return [];
    }
    const suggestions = await freshAnswer(document, () => this.#ask(query, token));
    if (token.isCancellationRequested || !this.#parts.isWanted(document)) {
      return [];
    }
    const [first] = suggestions;
    if (first !== undefined) {
      this.#didOffer(first, document, position);
    }
    return suggestions.map(toItem);
  }

  #didOffer(suggestion: PredictedSuggestion, document: vscode.TextDocument, position: vscode.Position): void {
    const { counter, acceptance } = this.#parts;
    const { line, prefix } = writingPlace(document, position);
    counter.didOffer(document.uri.toString(), suggestion, prefix);
    acceptance.didOffer({
      document: document.uri.toString(),
      languageId: document.languageId,
      line,
      lineText: prefix.slice(0, suggestion.range.start.column) + suggestion.text,
      probability: suggestion.probability,
    });
  }

  async #ask(query: CompletionQuery, token: vscode.CancellationToken): Promise<CompletionAnswer> {
    const controller = new AbortController();
    const abort = (): void => {
      controller.abort();
    };
    const cancelled = token.onCancellationRequested(abort);
    let giveUp: { dispose(): void } | undefined;
    const tooLate = new Promise<CompletionAnswer>((resolve) => {
      giveUp = this.#parts.timer.schedule(GIVE_UP_MS, () => {
        abort();
        resolve(GIVEN_UP);
      });
    });
    try {
      return await Promise.race([this.#parts.complete(query, controller.signal), tooLate]);
    } finally {
      giveUp?.dispose();
      cancelled.dispose();
    }
  }
}

interface InlineRequest {
  readonly document: vscode.TextDocument;
  readonly position: vscode.Position;
  readonly context: vscode.InlineCompletionContext;
  readonly token: vscode.CancellationToken;
}

const GIVEN_UP: CompletionAnswer = { suggestions: [], elapsedMs: GIVE_UP_MS, silence: "cancelled" };

function writingPlace(document: vscode.TextDocument, { line, character }: vscode.Position): WritingPlace {
  return {
    document: document.uri.toString(),
    line,
    prefix: document.lineAt(line).text.slice(0, character),
    lineAbove: line === 0 ? "" : document.lineAt(line - 1).text,
  };
}

function hasSeveralCarets(document: vscode.TextDocument): boolean {
  const editor = vscode.window.activeTextEditor;
  return editor?.document === document && editor.selections.length > 1;
}

function toItem(suggestion: PredictedSuggestion, index: number): vscode.InlineCompletionItem {
  const { start, end } = suggestion.range;
  return new vscode.InlineCompletionItem(
    suggestion.text,
    new vscode.Range(start.line, start.column, end.line, end.column),
    {
      command: DID_ACCEPT_COMMAND,
      title: "Suggestion accepted",
      arguments: [acceptedItem(suggestion, index)],
    },
  );
}

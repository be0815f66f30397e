import { DocumentProgress } from "../evaluation/replay/documentProgress.ts";
import type { Offer, Suggester } from "../evaluation/replay/recordReplay.ts";
import type { TypedHunk } from "../evaluation/replay/typedHunks.ts";
import type { TypingPlace } from "../evaluation/replay/typingPlace.ts";
import { buildCompletionQuery, caretContext } from "../protocol/completionQuery.ts";
import type { PredictorRequests } from "../protocol/predictorMessages.ts";
import type { RequestClient } from "../protocol/requestChannel.ts";
import type { AcceptanceMemory } from "../suggestions/acceptanceMemory.ts";
import { OfferWatch, type WatchedOffer } from "../suggestions/offerWatch.ts";

/** What the editor leaves the predictor; see the extension's inline provider. */
const BUDGET_MS = 40;

export interface PredictorSuggesterOptions {
  readonly client: RequestClient<PredictorRequests>;
  /** In [0, 1]; null for the editor's default. */
  readonly eagerness: number | null;
  /** Whether suggestions may have several lines. */
  readonly isMultiline: boolean;
  /** All that is typed. */
  readonly hunks: readonly TypedHunk[];
  /** Learns what became of suggestions, which the gate then heeds; null where it is to stay as it is. */
  readonly acceptance: AcceptanceMemory | null;
  /** The identity of a document, from its path in the workspace. */
  readonly documentOf: (path: string) => string;
}

/**
 * What the editor would show: asks the predictor as the inline provider does, tells it the text of the document at every line end, and has
 * it read ahead. Documents stay open, since what was typed is not in the files of the old version.
 */
export function predictorSuggester(options: PredictorSuggesterOptions): Suggester {
  const { client, hunks, documentOf } = options;
  const progress = new DocumentProgress(hunks);
  const update = async (hunk: TypedHunk, to: number): Promise<void> => {
    progress.reveal(hunk, to);
    await client.request("update", { document: documentOf(hunk.path), text: progress.text(hunk.path) });
  };
  const watch = new OfferWatch();
  let hunk: TypedHunk | undefined;
  return {
    begin: async (place, run) => {
      ({ hunk } = run);
      await update(run.hunk, run.from);
      await client.request("prepare", { document: documentOf(place.path), ...contextAt(place) });
    },
    suggest: async (place) => {
      const { acceptance } = options;
      if (acceptance !== null) {
        learnFate(place, { watch, acceptance });
      }
      const offer = await suggest(place, options);
      if (offer !== null) {
        watch.show(watched(place, offer));
      }
      return offer;
    },
    learn: async (place, unit) => {
      if (unit === "\n" && hunk !== undefined) {
        await update(hunk, place.position.line + 1);
      }
    },
    end: async (_, run) => {
      const isLast = run.hunk.runs.at(-1)?.from === run.from;
      if (isLast && run.to < run.hunk.to) {
        await update(run.hunk, run.hunk.to);
      }
    },
  };
}

/** What would be accepted by a typist who takes what is right is typed here. */
function learnFate(
  place: TypingPlace,
  { watch, acceptance }: { readonly watch: OfferWatch; readonly acceptance: AcceptanceMemory },
): void {
  const { line, column } = place.position;
  const prefix = place.lineText(line).slice(0, column);
  const settled = watch.write({ document: place.path, line, prefix, lineAbove: place.lineText(line - 1) });
  if (settled !== undefined && settled.fate !== "left") {
    const { languageId, probability } = settled.offer;
    acceptance.learn(languageId, { probability, isAccepted: settled.fate === "typed" });
  }
}

function watched(place: TypingPlace, { text, probability }: Offer): WatchedOffer {
  const { line, column } = place.position;
  const lineText = place.lineText(line).slice(0, column) + text;
  return { document: place.path, languageId: languageOf(place.path), line, lineText, probability };
}

/** Files tell their language by their name's end. */
function languageOf(path: string): string {
  return /[^./]*$/.exec(path)?.[0] ?? "";
}

async function suggest(
  place: TypingPlace,
  { client, eagerness, isMultiline, acceptance, documentOf }: PredictorSuggesterOptions,
): Promise<Offer | null> {
  const query = buildCompletionQuery(place, {
    document: documentOf(place.path),
    position: place.position,
    selectedCompletion: null,
    trigger: "automatic",
    ...(eagerness === null ? {} : { eagerness }),
    ...(acceptance === null ? {} : { acceptedShare: acceptance.share(languageOf(place.path)) }),
    ...(isMultiline ? { multiline: "whenSure" as const } : {}),
    budgetMs: BUDGET_MS,
  });
  if (query === undefined) {
    return null;
  }
  const { suggestions } = await client.request("complete", query);
  const [first] = suggestions;
  // Its range begins at the start of the caret's word and ends at the caret.
  const text = first?.text.slice(place.position.column - first.range.start.column) ?? "";
  return first === undefined || text === "" ? null : { text, probability: first.probability };
}

function contextAt(place: TypingPlace): { readonly before: string; readonly isFromStart: boolean } {
  const { before, isFromStart } = caretContext(place, place.position);
  return { before, isFromStart };
}

import { counted } from "../base/readableNumbers.ts";
import type { GradientView } from "../protocol/gradientView.ts";
import {
  clippingFigures,
  gradientFigures,
  gradientProgressText,
  measuredText,
  targetText,
  type TextTable,
  trainedRows,
} from "../protocol/gradientWords.ts";
import type { ButtonModel } from "./dashboardModel.ts";

/** What the page shows of a look at gradients besides the charts, as text. */
export interface LaboratoryModel {
  /** How far it is, how it ended, or what it is for where there was none. */
  readonly detail: string;
  readonly buttons: readonly ButtonModel[];
  /** What was read and what is measured; null before it is known. */
  readonly reading: { readonly measured: string; readonly window: string; readonly target: string } | null;
  /** Null without rows. */
  readonly figures: TextTable | null;
  /** Null where nothing was trained. */
  readonly clipping: TextTable | null;
}

/** What the page shows for a look at gradients; null stands for none yet. */
export function laboratoryModel(view: GradientView | null): LaboratoryModel {
  if (view === null) {
    const buttons = [{ action: "inspectGradients", label: "Inspect gradients", isPrimary: false }] as const;
    return { detail: PURPOSE, buttons, reading: null, figures: null, clipping: null };
  }
  const { state, rows, text } = view;
  const again = { action: "inspectGradients", label: "Inspect again", isPrimary: false } as const;
  const cancel = { action: "cancelGradients", label: "Cancel inspection", isPrimary: false } as const;
  const trained = trainedRows(rows);
  return {
    detail: detailOf(view),
    buttons: { running: [cancel], cancelling: [], done: [again], cancelled: [again], failed: [again] }[state],
    reading:
      text === null
        ? null
        : { measured: measuredText(rows[0]?.windowTokens ?? 0), window: text.window, target: targetText(text.target) },
    figures: rows.length === 0 ? null : gradientFigures(rows),
    clipping: trained.length === 0 ? null : clippingFigures(trained),
  };
}

const PURPOSE =
  "How the gradient of one loss fades or grows on its way back through RNN, LSTM and GRU, what their gates do, and what clipping does to their training.";

function detailOf(view: GradientView): string {
  const { state, rows, place, budgetSeconds, problem } = view;
  const seen = `${counted(new Set(rows.map(({ model }) => model)).size, "network")} of ${view.models.length}`;
  switch (state) {
    case "running":
    case "cancelling":
      return gradientProgressText(view);
    case "done": {
      const stages =
        budgetSeconds === null ? "untrained" : `untrained and after ${counted(budgetSeconds, "second")} of training`;
      return `On ${place}, ${stages}.${problem === null ? "" : ` ${problem}`}`;
    }
    case "cancelled":
      return `Cancelled after ${seen}.`;
    case "failed":
      return `Ended after ${seen}: ${problem ?? "the log says why."}`;
  }
}

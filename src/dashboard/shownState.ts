import {
  parseDashboardUpdate,
  type DashboardUpdate,
  type InklingStatus,
  type RunHistory,
} from "../protocol/dashboardMessages.ts";
import { type ComparisonView, isComparisonView } from "../protocol/comparisonView.ts";
import { type GradientView, isGradientView } from "../protocol/gradientView.ts";

/** What the page shows. */
export interface Shown {
  readonly status: InklingStatus;
  readonly history: RunHistory;
  /** The comparison that runs, or the last one. */
  readonly comparison: ComparisonView | null;
  /** The look at gradients that runs, or the last one. */
  readonly gradients: GradientView | null;
}

/** What the page shows after an update; points and states that come before the first snapshot have nothing to join. */
export function applyUpdate(shown: Shown | undefined, update: DashboardUpdate): Shown | undefined {
  switch (update.type) {
    case "snapshot":
      return {
        status: update.status,
        history: update.history,
        comparison: shown?.comparison ?? null,
        gradients: shown?.gradients ?? null,
      };
    case "status":
      return shown === undefined ? undefined : { ...shown, status: update.status };
    case "comparison":
      return shown === undefined ? undefined : { ...shown, comparison: update.comparison };
    case "gradients":
      return shown === undefined ? undefined : { ...shown, gradients: update.gradients };
    case "points":
      return shown === undefined ? undefined : { ...shown, history: withPoints(shown.history, update) };
  }
}

/** What was shown when the page was hidden, from the state that the editor kept. */
export function restoreShown(kept: unknown): Shown | undefined {
  const update =
    typeof kept === "object" && kept !== null ? parseDashboardUpdate({ ...kept, type: "snapshot" }) : undefined;
  const shown = update === undefined ? undefined : applyUpdate(undefined, update);
  if (shown === undefined) {
    return undefined;
  }
  const { comparison, gradients } = kept as Readonly<Record<"comparison" | "gradients", unknown>>;
  return {
    ...shown,
    comparison: isComparisonView(comparison) ? comparison : null,
    gradients: isGradientView(gradients) ? gradients : null,
  };
}

function withPoints(
  history: RunHistory,
  { progress, evaluations }: Extract<DashboardUpdate, { readonly type: "points" }>,
): RunHistory {
  return {
    ...history,
    progress: [...history.progress, ...progress],
    evaluations: [...history.evaluations, ...evaluations],
  };
}

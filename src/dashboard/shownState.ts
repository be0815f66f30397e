import {
  parseDashboardUpdate,
  type DashboardUpdate,
  type InklingStatus,
  type RunHistory,
} from "../protocol/dashboardMessages.ts";

/** What the page shows. */
export interface Shown {
  readonly status: InklingStatus;
  readonly history: RunHistory;
}

/** What the page shows after an update; points and states that come before the first snapshot have nothing to join. */
export function applyUpdate(shown: Shown | undefined, update: DashboardUpdate): Shown | undefined {
  switch (update.type) {
    case "snapshot":
      return { status: update.status, history: update.history };
    case "status":
      return shown === undefined ? undefined : { ...shown, status: update.status };
    case "points":
      return shown === undefined ? undefined : { ...shown, history: withPoints(shown.history, update) };
  }
}

/** What was shown when the page was hidden, from the state that the editor kept. */
export function restoreShown(kept: unknown): Shown | undefined {
  const update =
    typeof kept === "object" && kept !== null ? parseDashboardUpdate({ ...kept, type: "snapshot" }) : undefined;
  return update === undefined ? undefined : applyUpdate(undefined, update);
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

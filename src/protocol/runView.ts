import { isNullOr, isRecord, isText } from "./shapeChecks.ts";

const STATES = ["running", "cancelling", "done", "cancelled", "failed"] as const;

/** What there is to see of work on several models that runs, or of the last that ran. */
export interface RunView {
  /** Milliseconds since 1970-01-01 UTC at which it began. */
  readonly startedEpochMs: number;
  readonly state: (typeof STATES)[number];
  /** The network that is trained now, and the share of its time that is over. */
  readonly current: { readonly model: string; readonly fraction: number } | null;
  /** Why it failed, or what came to nothing, and what to do. */
  readonly problem: string | null;
}

/** Whether a value has what every run shows. */
export function isRunView(value: unknown): value is RunView {
  return (
    isRecord(value) &&
    Number.isFinite(value["startedEpochMs"]) &&
    STATES.some((state) => state === value["state"]) &&
    isNullOr(
      value["current"],
      (current) => isRecord(current) && isText(current["model"]) && Number.isFinite(current["fraction"]),
    ) &&
    isNullOr(value["problem"], isText)
  );
}

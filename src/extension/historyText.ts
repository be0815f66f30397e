import {
  EMPTY_RUN_HISTORY,
  isEvaluationPoint,
  isProgressPoint,
  isRunHistory,
  type EvaluationPoint,
  type ProgressPoint,
  type RunHistory,
} from "../protocol/dashboardMessages.ts";

const FORMAT = "inkling-history-1";

/** The history of a run as JSON lines: one head, then the points in order. */
export function writeHistoryText({ progress, evaluations, ...head }: RunHistory): string {
  const lines: object[] = [{ format: FORMAT, ...head }];
  for (const point of progress) {
    lines.push({ type: "progress", ...point });
  }
  for (const point of evaluations) {
    lines.push({ type: "evaluation", ...point });
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** The history in JSON lines; lines that are none are left out, and a text of another kind gives the empty history. */
export function readHistoryText(text: string): RunHistory {
  const [head, ...rest] = text.split("\n").map(parseLine);
  if (typeof head !== "object" || head === null || !("format" in head) || head.format !== FORMAT) {
    return EMPTY_RUN_HISTORY;
  }
  const progress: ProgressPoint[] = [];
  const evaluations: EvaluationPoint[] = [];
  for (const line of rest) {
    if (isEvaluationPoint(line)) {
      evaluations.push(without(line, "type"));
    } else if (isProgressPoint(line)) {
      progress.push(without(line, "type"));
    }
  }
  const history: unknown = { ...EMPTY_RUN_HISTORY, ...without(head, "format"), progress, evaluations };
  return isRunHistory(history) ? history : EMPTY_RUN_HISTORY;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function without<T extends object>(record: T, key: string): T {
  const copy = { ...record };
  Reflect.deleteProperty(copy, key);
  return copy;
}

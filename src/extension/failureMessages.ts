import type { ErrorCode, ErrorData } from "../base/errors.ts";
import type { FailureAction, FailureMessage } from "../protocol/dashboardMessages.ts";

/** The one message for a failure. */
export function describeFailure(error: ErrorData): FailureMessage {
  const { severity, lead, isWhole, actions } = error.facts["hasFolder"] === false ? NO_FOLDER : ADVICE[error.code];
  const detail = isWhole === true ? "" : firstParagraph(error.message);
  return { code: error.code, severity, text: `${lead ?? ""} ${detail}`.trim(), actions };
}

interface Advice {
  readonly severity: FailureMessage["severity"];
  /** Put before the error's own message, which says what to do. */
  readonly lead: string | null;
  /** Whether `lead` says all that a person needs; the error's own message then goes to the log only. */
  readonly isWhole?: boolean;
  readonly actions: readonly FailureAction[];
}

const NO_FOLDER: Advice = { severity: "information", lead: null, actions: ["openFolder"] };

const ADVICE: Readonly<Record<ErrorCode, Advice>> = {
  badArgument: { severity: "error", lead: null, actions: ["openSettings"] },
  cacheUnwritable: { severity: "error", lead: null, actions: ["showLog"] },
  cancelled: { severity: "information", lead: null, actions: [] },
  checkpointCorrupt: {
    severity: "warning",
    lead: "The model of this workspace is damaged. Train again to replace it; the old files are set aside.",
    isWhole: true,
    actions: ["trainAgain", "showLog"],
  },
  checkpointForeign: {
    severity: "warning",
    lead: "The files in this workspace's model folder are not a model of Inkling. Train again to make one; the old files are set aside.",
    isWhole: true,
    actions: ["trainAgain", "showLog"],
  },
  checkpointMissing: {
    severity: "information",
    lead: "This workspace has no model yet: train one.",
    isWhole: true,
    actions: ["trainAgain"],
  },
  checkpointVersion: {
    severity: "warning",
    lead: "The model of this workspace was made by another version of Inkling. Train again to replace it; the old files are set aside.",
    isWhole: true,
    actions: ["trainAgain"],
  },
  commandFailed: { severity: "error", lead: null, actions: ["showLog"] },
  diskFull: {
    severity: "error",
    lead: "The disk is full: free some space and train again. The last complete checkpoint is kept.",
    actions: ["showLog"],
  },
  engineDied: {
    severity: "error",
    lead: "Training stopped because its process ended. The last checkpoint is kept; train again or continue training.",
    actions: ["trainAgain", "trainPortable", "showLog"],
  },
  fileUnreadable: { severity: "error", lead: null, actions: ["showLog"] },
  fileUnwritable: { severity: "error", lead: null, actions: ["showLog"] },
  modelMismatch: {
    severity: "warning",
    lead: "Training cannot be continued: the model of this workspace was made with other settings. Change them back, or train a new model.",
    actions: ["trainAgain", "openSettings"],
  },
  noCompiler: { severity: "error", lead: null, actions: ["trainPortable", "showLog"] },
  noDocuments: { severity: "warning", lead: null, actions: ["openSettings", "showLog"] },
  noNetwork: { severity: "warning", lead: null, actions: ["trainPortable", "showLog"] },
  noPython: { severity: "warning", lead: null, actions: ["trainPortable", "showLog"] },
  nonFiniteLoss: {
    severity: "warning",
    lead: "Training stopped because the loss exploded twice.",
    actions: ["trainAgain", "showLog"],
  },
  outOfMemory: {
    severity: "error",
    lead: "Training ran out of memory: choose a smaller hidden size or close other programs, then train again.",
    actions: ["openSettings", "showLog"],
  },
  protocolViolation: {
    severity: "error",
    lead: "Two parts of Inkling misunderstood each other, which is a defect of Inkling. Reload the window; if it comes again, report it with the log.",
    actions: ["showLog"],
  },
  tensorflowMissing: { severity: "warning", lead: null, actions: ["setUpTensorflow", "trainPortable"] },
  tensorflowUnusable: { severity: "warning", lead: null, actions: ["trainPortable", "setUpTensorflow", "showLog"] },
  trainingBusy: { severity: "information", lead: null, actions: [] },
  unexpected: {
    severity: "error",
    lead: "Something went wrong inside Inkling; the log has the details.",
    actions: ["showLog"],
  },
};

const MAX_DETAIL_LENGTH = 300;

/** The message up to its first stack line or blank line, short enough for a notification. */
function firstParagraph(message: string): string {
  const [paragraph = ""] = message.trim().split(/\n\s*(?:\n|at )/u);
  const text = paragraph.replace(/\s+/g, " ").replace(/^(?:[A-Z]\w*)?Error: /u, "");
  return text.length > MAX_DETAIL_LENGTH ? `${text.slice(0, MAX_DETAIL_LENGTH - 1)}…` : text;
}

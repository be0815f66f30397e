/** Every kind of failure a caller may branch on. Message texts change; codes do not. */
export const ERROR_CODES = [
  "badArgument",
  "cacheUnwritable",
  "cancelled",
  "checkpointCorrupt",
  "checkpointForeign",
  "checkpointMissing",
  "checkpointVersion",
  "commandFailed",
  "diskFull",
  "engineDied",
  "fileUnreadable",
  "fileUnwritable",
  "modelMismatch",
  "noCompiler",
  "noDocuments",
  "noNetwork",
  "noPython",
  "nonFiniteLoss",
  "outOfMemory",
  "protocolViolation",
  "tensorflowMissing",
  "tensorflowUnusable",
  "trainingBusy",
  "unexpected",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Facts of an error as plain data: survives a structured clone and JSON. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null>>;

/** An error as plain data, for crossing threads and processes. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: ErrorFacts;
}

export interface LmErrorOptions {
  readonly facts?: ErrorFacts;
  readonly cause?: unknown;
}

/** An ordinary misfortune with a code, facts, and a message that says what happened and what to do. */
export class LmError extends Error {
  public readonly code: ErrorCode;
  public readonly facts: ErrorFacts;

  public constructor(code: ErrorCode, message: string, options: LmErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LmError";
    this.code = code;
    this.facts = options.facts ?? {};
  }
}

/** The plain data of any thrown value; what is not an `LmError` becomes `unexpected`. */
export function toErrorData(error: unknown): ErrorData {
  if (error instanceof LmError) {
    return { code: error.code, message: error.message, facts: error.facts };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "unexpected", message, facts: {} };
}

/** The error that plain data describes. */
export function fromErrorData(data: ErrorData): LmError {
  return new LmError(data.code, data.message, { facts: data.facts });
}

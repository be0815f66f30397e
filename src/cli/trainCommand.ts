import { LmError } from "../base/errors.ts";
import type { BackendChoice } from "../protocol/backendDescription.ts";
import type { CellChoice, TrainJob } from "../protocol/engineMessages.ts";
import type { GivenSettings } from "../protocol/settingLimits.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { printProfile } from "./trainProfile.ts";
import { folderTrainJob } from "./folderTrainJob.ts";
import { requestTraining } from "./trainPause.ts";
import { describeDone, exitCodeOf, TrainPrinter } from "./trainPrinter.ts";

export interface TrainArguments {
  readonly folder: string;
  readonly out: string;
  readonly budgetSeconds: number | null;
  readonly epochs: number | null;
  readonly tokenizer: "char" | "bpe" | null;
  readonly vocabularySize: number | null;
  readonly hiddenSize: number | null;
  readonly layerCount: number | null;
  readonly backend: BackendChoice;
  readonly seed: number;
  readonly isResume: boolean;
  /** How the parameters are improved, where that is not as by default. */
  readonly settings: GivenSettings;
  /** Default: an LSTM, or on resuming what the model is. */
  readonly cell?: CellChoice;
  /** Default: an LSTM does. */
  readonly readsMatches?: boolean;
}

export interface TrainOutput {
  /** Whether to tell at the end what the steps took. */
  readonly isProfiled: boolean;
}

/** The budget where neither a budget nor epochs are named: the editor's default too. */
export const DEFAULT_BUDGET_SECONDS = 120;

/** Trains a model on a folder into a directory; stops early, with the best model kept, when asked to. */
export async function runTrain(
  given: TrainArguments,
  context: CommandContext,
  { isProfiled }: TrainOutput = { isProfiled: false },
): Promise<ExitCode> {
  const { terminal } = context;
  const job = buildJob(given, context);
  await requireFolder(job.folders[0]?.path ?? "", context);
  const printer = new TrainPrinter(terminal);
  const training = requestTraining("train", job, {
    context,
    onEvent: (event) => {
      printer.print(event);
    },
  });
  // Meanwhile, not before: the time it takes to start TensorFlow is the budget's.
  const [done] = await Promise.all([training, noteBackend(given.backend, context)]);
  if (isProfiled && printer.usage !== null) {
    printProfile(printer.usage, terminal);
  }
  terminal.result(done, describeDone(done, printer));
  return exitCodeOf(done);
}

function buildJob(given: TrainArguments, context: CommandContext): TrainJob {
  const { folder, out, ...options } = given;
  const { budgetSeconds, epochs } = options;
  const isEndless = budgetSeconds === null && epochs === null;
  return folderTrainJob(
    { folder, out, options: { ...options, budgetSeconds: isEndless ? DEFAULT_BUDGET_SECONDS : budgetSeconds } },
    context,
  );
}

/** Refuses a slip of the keyboard before a directory is made for the model. */
export async function requireFolder(path: string, { files }: CommandContext): Promise<void> {
  const stat = await files.stat(path);
  if (stat?.kind !== "directory") {
    const what = stat === undefined ? "does not exist" : "is not a folder";
    throw new LmError("badArgument", `${path} ${what}; name the folder to learn from.`);
  }
}

/**
 * Says once why TensorFlow, or the TensorFlow or GPU that was asked for, is not used, and how to get it. Never rejects: what
 * stands in the way of a backend stands in the way of the training too, which tells of it.
 */
export async function noteBackend(backend: BackendChoice, { engine, terminal, signal }: CommandContext): Promise<void> {
  if (backend === "portable") {
    return;
  }
  try {
    const { tensorflow, reasons } = await engine.request("describe", { backend }, { signal });
    const why = reasons.join("; ");
    if (tensorflow === null) {
      const advice = why.includes("inkling setup") ? "" : " `inkling setup` prepares TensorFlow, where it can be had.";
      terminal.note(
        `Training without TensorFlow, on the slower portable backend${why === "" ? "" : ` (${why})`}.${advice}`,
      );
    } else if (why !== "") {
      terminal.note(`Warning: ${why}. Training with TensorFlow ${tensorflow.version} in ${tensorflow.path}.`);
    }
  } catch (error) {
    if (!(error instanceof LmError)) {
      throw error;
    }
  }
}

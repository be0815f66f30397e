import { LmError } from "../base/errors.ts";
import { PlainValue, PlainValueError } from "../base/plainValue.ts";
import { COMPARE_TOKENIZERS, type CompareTokenizer, type ModelSettings } from "../protocol/compareMessages.ts";
import { readModelSettings } from "../protocol/compareValidators.ts";
import { TRAIN_LIMITS } from "../protocol/trainLimits.ts";
import type { CommandContext } from "./commandContext.ts";

/** What a file of `--config` says of what is trained, and how; what it leaves out is as usual. */
export interface ComparisonConfig {
  readonly tokenizer?: CompareTokenizer;
  readonly vocabularySize?: number;
  readonly boundaries?: boolean;
  readonly models?: readonly string[];
  readonly budgetSeconds?: number;
  readonly epochs?: number;
  readonly seed?: number;
  readonly settings?: Readonly<Record<string, ModelSettings>>;
}

/** When a training ends: seconds, passes or both; null for what does not end it. */
interface TrainingEnd {
  readonly budgetSeconds: number | null;
  readonly epochs: number | null;
}

/** What a configuration may say; `about` is for people. */
const READERS: Readonly<Record<string, (value: PlainValue) => unknown>> = {
  about: (value) => value.string(),
  tokenizer: (value) => value.oneOf(COMPARE_TOKENIZERS),
  vocabularySize: (value) => value.integer({ least: 4, most: 65_536 }),
  boundaries: (value) => value.boolean(),
  models: (value) => value.strings(),
  budgetSeconds: (value) => value.number(0),
  epochs: (value) => value.number(TRAIN_LIMITS.epochs.least),
  seed: (value) => value.integer(TRAIN_LIMITS.seed),
  settings: readModelSettings,
};

/** The configuration in a file, what is in it checked; an empty one for no file. Throws `LmError`. What the settings mean is the engine's to judge. */
export async function readComparisonConfig(
  given: string | null,
  { files, resolvePath }: Pick<CommandContext, "files" | "resolvePath">,
): Promise<ComparisonConfig> {
  if (given === null) {
    return {};
  }
  const path = resolvePath(given);
  const kind = (await files.stat(path))?.kind;
  if (kind !== "file") {
    const what = kind === undefined ? "does not exist" : "is not a file";
    throw new LmError("fileUnreadable", `The configuration ${path} ${what}; name a JSON file.`);
  }
  const text = new TextDecoder().decode(await files.readFile(path));
  try {
    const root = new PlainValue(JSON.parse(text), "configuration");
    const entries = Object.keys(root.object()).map((name) => {
      const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
      if (read === undefined) {
        throw root.mismatch(`an object with ${Object.keys(READERS).join(", ")} and nothing else (it has "${name}")`);
      }
      return [name, read(root.field(name))] as const;
    });
    return Object.fromEntries(entries);
  } catch (error) {
    if (error instanceof PlainValueError || error instanceof SyntaxError) {
      throw new LmError("badArgument", `The configuration ${path} cannot be used: ${error.message}.`, { cause: error });
    }
    throw error;
  }
}

/** The end that is said, else that of the configuration, else a budget of so many seconds. */
export function endOf(
  given: TrainingEnd,
  { config, defaultSeconds }: { readonly config: ComparisonConfig; readonly defaultSeconds: number },
): TrainingEnd {
  const epochs = given.epochs ?? (given.budgetSeconds === null ? (config.epochs ?? null) : null);
  const budgetSeconds = given.budgetSeconds ?? (given.epochs === null ? (config.budgetSeconds ?? null) : null);
  return { budgetSeconds: epochs === null ? (budgetSeconds ?? defaultSeconds) : budgetSeconds, epochs };
}

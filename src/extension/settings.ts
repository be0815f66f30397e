import type { BackendChoice } from "../protocol/backendDescription.ts";
import { CELL_CHOICES, type CellChoice, TRAINING_MODES, type TrainingMode } from "../protocol/engineMessages.ts";
import { type CompletionQuery, MULTILINE_CHOICES, type MultilineChoice } from "../protocol/predictorMessages.ts";

/** The settings of section `inkling`, checked. */
export interface InklingSettings {
  readonly isEnabled: boolean;
  /** Whether suggestions are offered, by language id; `*` for the rest. */
  readonly languages: Readonly<Record<string, boolean>>;
  /** From 0, seldom and surely, to 1; null: Inkling chooses. */
  readonly eagerness: number | null;
  /** Whether suggestions may have several lines. */
  readonly multiline: MultilineChoice;
  readonly isWantedInComments: boolean;
  readonly isWantedInStrings: boolean;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly isGitignoreHonoured: boolean;
  readonly maxFileBytes: number;
  readonly budgetSeconds: number;
  readonly backend: BackendChoice;
  readonly cell: CellChoice;
  readonly tokenizer: "char" | "bpe";
  /** null: Inkling chooses. */
  readonly vocabularySize: number | null;
  readonly hiddenSize: number | null;
  readonly layerCount: number | null;
  readonly seed: number;
  readonly trainingMode: TrainingMode;
  /** Whether training goes on while nobody uses the window. */
  readonly isTrainedWhenIdle: boolean;
  /** Folder of a TensorFlow of the user's own; null: Inkling looks for one. */
  readonly tensorflowPath: string | null;
  /** For people: settings whose value is none, and what is used instead. */
  readonly problems: readonly string[];
}

export const DEFAULT_BUDGET = "2m";

/** Reads the settings; what is not valid is replaced by its default and reported. */
export function readSettings(get: (key: string) => unknown): InklingSettings {
  const problems: string[] = [];
  const reader = new SettingReader(get, problems);
  return {
    isEnabled: reader.flag("enabled", { otherwise: true }),
    languages: reader.languages(),
    eagerness: reader.share("eagerness"),
    multiline: reader.choice("multiline", MULTILINE_CHOICES),
    isWantedInComments: reader.flag("inComments", { otherwise: true }),
    isWantedInStrings: reader.flag("inStrings", { otherwise: true }),
    include: reader.globs("include"),
    exclude: reader.globs("exclude"),
    isGitignoreHonoured: reader.flag("useGitignore", { otherwise: true }),
    maxFileBytes: 1000 * (reader.integer("maxFileSizeKB", { least: 1, most: 100_000 }) ?? 5000),
    budgetSeconds: reader.budget(),
    backend: reader.choice("training.backend", ["auto", "tensorflow", "portable"]),
    cell: reader.choice("training.model", CELL_CHOICES),
    tokenizer: reader.choice("training.tokenizer", ["bpe", "char"]),
    vocabularySize: reader.integer("training.vocabularySize", { least: 64, most: 65_536 }),
    hiddenSize: reader.integer("training.hiddenSize", { least: 8, most: 4096 }),
    layerCount: reader.integer("training.layers", { least: 1, most: 8 }),
    seed: reader.integer("training.seed", { least: 0, most: 4_294_967_295 }) ?? 1,
    trainingMode: reader.choice("training.mode", TRAINING_MODES),
    isTrainedWhenIdle: reader.flag("training.whenIdle", { otherwise: false }),
    tensorflowPath: reader.text("tensorflow.path"),
    problems,
  };
}

/**
 * The seconds that a duration stands for: `2m`, `90s`, `1h30m`, `2 min`, `120`.
 * @returns seconds, more than 0 and at most a week; `undefined` for anything else
 */
export function parseBudget(text: string): number | undefined {
  const compact = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(compact)) {
    return withinBounds(Number(compact));
  }
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
  const part = /(\d+(?:\.\d+)?)\s*(h|m|s)(?:ours?|rs?|in(?:ute)?s?|ec(?:ond)?s?)?\s*/gy;
  let seconds = 0;
  let end = 0;
  for (const match of compact.matchAll(part)) {
    seconds += Number(match[1]) * (units[match[2] ?? ""] ?? 0);
    end = match.index + match[0].length;
  }
  return end === compact.length && end > 0 ? withinBounds(seconds) : undefined;
}

/** Whether suggestions are wanted in a language. */
export function isLanguageEnabled(languages: Readonly<Record<string, boolean>>, languageId: string): boolean {
  return languages[languageId] ?? languages["*"] ?? true;
}

/** A query as the settings want it answered. */
export function queryAsSet(
  query: CompletionQuery,
  { eagerness, multiline, isWantedInComments, isWantedInStrings }: InklingSettings,
): CompletionQuery {
  const silentIn = [
    ...(isWantedInComments ? [] : ["comment" as const]),
    ...(isWantedInStrings ? [] : ["string" as const]),
  ];
  return {
    ...query,
    ...(eagerness === null ? {} : { eagerness }),
    ...(multiline === "off" ? {} : { multiline }),
    ...(silentIn.length === 0 ? {} : { silentIn }),
  };
}

/** The globs that a setting such as `files.exclude` switches on; conditional ones (`when`) hide only derived files and are left. */
export function excludingGlobs(setting: unknown): readonly string[] {
  if (typeof setting !== "object" || setting === null) {
    return [];
  }
  return Object.entries(setting).flatMap(([glob, isExcluded]) => (isExcluded === true ? [glob] : []));
}

const WEEK_SECONDS = 7 * 24 * 3600;

function withinBounds(seconds: number): number | undefined {
  return seconds > 0 && seconds <= WEEK_SECONDS ? seconds : undefined;
}

class SettingReader {
  readonly #get: (key: string) => unknown;
  readonly #problems: string[];

  public constructor(get: (key: string) => unknown, problems: string[]) {
    this.#get = get;
    this.#problems = problems;
  }

  public flag(key: string, { otherwise }: { readonly otherwise: boolean }): boolean {
    const value = this.#get(key) ?? otherwise;
    return typeof value === "boolean" ? value : this.#refuse(key, "true or false", otherwise);
  }

  public text(key: string): string | null {
    const value = this.#get(key) ?? "";
    const text = typeof value === "string" ? value.trim() : this.#refuse(key, "a text", "");
    return text === "" ? null : text;
  }

  public globs(key: string): readonly string[] {
    const value = this.#get(key) ?? [];
    return Array.isArray(value) && value.every((glob) => typeof glob === "string")
      ? value.filter((glob) => glob.trim() !== "")
      : this.#refuse(key, "a list of globs", []);
  }

  public integer(key: string, { least, most }: { readonly least: number; readonly most: number }): number | null {
    const value = this.#get(key) ?? null;
    if (value === null) {
      return null;
    }
    return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? value
      : this.#refuse(key, `a whole number from ${least} to ${most}`, null);
  }

  public share(key: string): number | null {
    const value = this.#get(key) ?? null;
    if (value === null || (typeof value === "number" && value >= 0 && value <= 1)) {
      return value;
    }
    return this.#refuse(key, "a number from 0 to 1", null);
  }

  public choice<const T extends string>(key: string, choices: readonly [T, ...T[]]): T {
    const value = this.#get(key) ?? choices[0];
    return choices.find((choice) => choice === value) ?? this.#refuse(key, `one of ${choices.join(", ")}`, choices[0]);
  }

  public budget(): number {
    const value = this.#get("training.budget") ?? DEFAULT_BUDGET;
    const seconds = typeof value === "string" ? parseBudget(value) : undefined;
    return seconds ?? this.#refuse("training.budget", "a duration such as 90s, 2m or 1h30m", 120);
  }

  public languages(): Readonly<Record<string, boolean>> {
    const value = this.#get("languages") ?? {};
    if (typeof value !== "object" || Array.isArray(value)) {
      return this.#refuse("languages", "an object of language ids with true or false", {});
    }
    return Object.fromEntries(Object.entries(value).map(([id, isOn]) => [id, isOn === true]));
  }

  #refuse<T>(key: string, expected: string, fallback: T): T {
    this.#problems.push(
      `Setting inkling.${key} should be ${expected}; using ${fallback === null ? "the automatic choice" : JSON.stringify(fallback)}.`,
    );
    return fallback;
  }
}

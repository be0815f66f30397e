import { InvalidArgumentError } from "commander";
import { LmError } from "../base/errors.ts";
import { BIDIRECTIONAL, type Entrant, parseEntrant } from "../engine/comparison/modelNames.ts";
import { NETWORK_PRESETS } from "../engine/family/networkPresets.ts";
import { CELL_CHOICES, type CellChoice } from "../protocol/engineMessages.ts";
import { type GivenSettings, SETTING_NAMES, settingProblem } from "../protocol/settingLimits.ts";
import { parseDurationSeconds } from "./duration.ts";

/** Seconds; refuses what is no duration. */
export function durationValue(text: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds === undefined) {
    throw new InvalidArgumentError("Write a duration such as 120s, 10m or 1h.");
  }
  return seconds;
}

/** A parser of whole numbers in a range, written in decimal digits. */
export function integerValue({
  least,
  most,
}: {
  readonly least: number;
  readonly most: number;
}): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(
        most === Number.MAX_SAFE_INTEGER
          ? `Write a whole number of at least ${least}.`
          : `Write a whole number from ${least} to ${most}.`,
      );
    }
    return value;
  };
}

/** A parser of finite numbers in a range, in decimal notation; without `most`, of at least `least`. */
export function numberValue({
  least,
  most = Infinity,
}: {
  readonly least: number;
  readonly most?: number;
}): (text: string) => number {
  return (text) => {
    const value = decimalOf(text);
    if (!Number.isFinite(value) || value < least || value > most) {
      throw new InvalidArgumentError(
        most === Infinity ? `Write a number of at least ${least}.` : `Write a number from ${least} to ${most}.`,
      );
    }
    return value;
  };
}

/** A network that suggestions can come from. */
export function cellOf(name: string): CellChoice | undefined {
  return CELL_CHOICES.find((choice) => choice === name);
}

/** Networks that only the engine can run. */
export const FAMILY_NETWORKS: readonly string[] = Object.keys(NETWORK_PRESETS).filter(
  (name) => cellOf(name) === undefined,
);

/** The name of a network that can be trained; says of what is counted or mixed why it cannot. */
export function networkValue(text: string): string {
  if (cellOf(text) !== undefined || FAMILY_NETWORKS.includes(text)) {
    return text;
  }
  const entrant = parsedEntrant(text);
  if (entrant?.kind === "counts") {
    throw new InvalidArgumentError(
      `${text} is counted, not trained: every workspace is counted by itself when it is opened, and its counts are mixed with whatever network is trained. ` +
        `\`compare FOLDER --models ${text}\` scores it, \`complete --count FOLDER\` completes with counts alone.`,
    );
  }
  if (entrant?.kind === "network") {
    throw new InvalidArgumentError(
      `${text} is ${entrant.network} with something added where it is scored; train ${entrant.network} by itself, and have \`compare\` score them together.`,
    );
  }
  throw new InvalidArgumentError(
    `Write one of ${CELL_CHOICES.join(", ")}, which can suggest, or of ${FAMILY_NETWORKS.join(", ")}, which can be sampled and evaluated.`,
  );
}

/** Null for a name that is none; those that read from both ends are told why they cannot be trained so. */
function parsedEntrant(name: string): Entrant | null {
  try {
    return parseEntrant(name);
  } catch (error) {
    if (error instanceof LmError && BIDIRECTIONAL.test(name)) {
      throw new InvalidArgumentError(error.message);
    }
    return null;
  }
}

/** A share of something that is not nothing: above 0, at most 1, in decimal notation. */
export function shareValue(text: string): number {
  const share = decimalOf(text);
  if (!(share > 0 && share <= 1)) {
    throw new InvalidArgumentError("Write a number above 0 and at most 1.");
  }
  return share;
}

/** NaN for what is no number in decimal notation. */
function decimalOf(text: string): number {
  return /^-?(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
}

/** A parser of values with commas between them, one at least. */
export function listValue<V>(value: (text: string) => V): (text: string) => readonly V[] {
  return (text) => text.split(",").map((item) => value(item.trim()));
}

/** Adds a value to those of the same option before it. */
export function addValue(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Adds a setting written as `name=value` to those before it. */
export function addSetting(text: string, before: GivenSettings): GivenSettings {
  const [, written = "", figure = ""] = /^(\w+)=(.*)$/.exec(text) ?? [];
  const name = SETTING_NAMES.find((known) => known.toLowerCase() === written.toLowerCase());
  if (name === undefined) {
    throw new InvalidArgumentError(`Write name=value with one of ${SETTING_NAMES.join(", ")}.`);
  }
  const value = /^(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?$/i.test(figure) ? Number(figure) : NaN;
  const problem = settingProblem(name, value);
  if (problem !== undefined) {
    throw new InvalidArgumentError(`For ${name} write ${problem}.`);
  }
  return { ...before, [name]: value };
}

export interface SettingLimits {
  readonly least: number;
  readonly most: number;
  readonly isWhole?: boolean;
}

const SHARE: SettingLimits = { least: 0, most: 0.999 };

/** The settings of a training that may be given one by one, each with its range; what they mean is said in `TrainingSettings`. */
export const SETTING_LIMITS = {
  laneCount: { least: 1, most: 1024, isWhole: true },
  windowTokens: { least: 1, most: 1024, isWhole: true },
  learningRate: { least: 1e-7, most: 100 },
  finalRateShare: { least: 0, most: 1 },
  warmUpShare: SHARE,
  beta1: SHARE,
  beta2: { least: 0, most: 0.999_999 },
  epsilon: { least: 1e-12, most: 1 },
  weightDecay: { least: 0, most: 10 },
  dropoutPerPass: { least: 0, most: 1 },
  maxDropout: SHARE,
  clipNorm: { least: 1e-6, most: 1e9 },
  softmaxShare: { least: 0.001, most: 1 },
  maxTemperature: { least: 1, most: 10 },
  averageDecay: { least: 0, most: 0.9999 },
  dateOrder: { least: 0, most: 2, isWhole: true },
} as const satisfies Readonly<Record<string, SettingLimits>>;

export type SettingName = keyof typeof SETTING_LIMITS;

/** Settings by name; those that are not there are as by default. */
export type GivenSettings = Readonly<Partial<Record<SettingName, number>>>;

export const SETTING_NAMES = Object.keys(SETTING_LIMITS) as readonly SettingName[];

/** What a value of a setting has to be, for people; undefined where this one is. */
export function settingProblem(name: SettingName, value: number): string | undefined {
  const { least, most, isWhole = false }: SettingLimits = SETTING_LIMITS[name];
  const isInRange = value >= least && value <= most;
  return isInRange && (!isWhole || Number.isInteger(value))
    ? undefined
    : `a ${isWhole ? "whole " : ""}number from ${least} to ${most}`;
}

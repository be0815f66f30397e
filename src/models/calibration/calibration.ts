/** What the log odds that a text is claimed to come next with are multiplied by, and what is added then. */
export interface CalibrationMap {
  readonly slope: number;
  readonly offset: number;
}

/** How often texts that are foreseen come true, by what was claimed: for all files together, and by the ends of their names where there was enough text. */
export interface Calibration {
  readonly all: CalibrationMap;
  /** By `fileLanguage`. */
  readonly languages: Readonly<Record<string, CalibrationMap>>;
}

/** From a claimed probability in [0, 1] to one that is borne out; never falls as the claim rises. */
export type Calibrate = (probability: number) => number;

/** Takes claims as they are. */
export const AS_CLAIMED: Calibrate = (probability) => probability;

/** What is claimed for sure, or never, stays so. */
export function calibrated(probability: number, { slope, offset }: CalibrationMap): number {
  return probability <= 0 || probability >= 1
    ? probability
    : 1 / (1 + Math.exp(-(slope * logOdds(probability) + offset)));
}

/** The map for files of a language: its own, that of all, or without a calibration none. */
export function calibrationFor(calibration: Calibration | null, language: string): Calibrate {
  if (calibration === null) {
    return AS_CLAIMED;
  }
  const { all, languages } = calibration;
  const map = Object.hasOwn(languages, language) ? (languages[language] ?? all) : all;
  return (probability) => calibrated(probability, map);
}

/** Log odds of a probability in (0, 1), which float64 cannot tell from 0 or 1 beyond ±30. */
export function logOdds(probability: number): number {
  return Math.log(probability / (1 - probability));
}

/** What tells the language of a path or URI: the end of the file's name in small letters, such as `ts`; "" where there is none. */
export function fileLanguage(path: string): string {
  return /[^/\\]\.([A-Za-z0-9_+-]{1,20})$/.exec(path)?.[1]?.toLowerCase() ?? "";
}

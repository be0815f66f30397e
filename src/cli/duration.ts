const SECONDS_PER_UNIT = { s: 1, m: 60, h: 3600 } as const;

/** The seconds that `120s`, `10m` or `1.5h` stand for, or `undefined` for anything else, nothing and zero included. */
export function parseDurationSeconds(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  if (amount === undefined || (unit !== "s" && unit !== "m" && unit !== "h")) {
    return undefined;
  }
  const seconds = Number(amount) * SECONDS_PER_UNIT[unit];
  return seconds > 0 && Number.isFinite(seconds) ? seconds : undefined;
}

/** A count with thousands separated, in English as all our text: `14,208`. */
export function readableCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** A count with its noun: `1 file`, `1,204 files`. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${readableCount(count)} ${Math.round(count) === 1 ? noun : nouns}`;
}

/**
 * A figure at the precision a person compares at: three significant digits, never an exponent below a billion.
 * @returns `8.21`, `12.3`, `143`, `1,040`; `–` where there is no finite number
 */
export function readableFigure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return "–";
  }
  if (value === 0) {
    return "0";
  }
  const magnitude = Math.abs(value);
  if (magnitude >= 1e9 || magnitude < 1e-3) {
    return value.toExponential(1).replace("e+", "e");
  }
  if (magnitude >= 1000) {
    return readableCount(Number(value.toPrecision(3)));
  }
  return magnitude >= 1 ? value.toPrecision(3) : value.toFixed(3);
}

/** A perplexity: one digit after the point while that says something, `8.2`, `143`, `1,040`. */
export function readablePerplexity(perplexity: number | null | undefined): string {
  if (perplexity === null || perplexity === undefined || !Number.isFinite(perplexity)) {
    return "–";
  }
  if (perplexity < 10) {
    return perplexity.toFixed(2);
  }
  return perplexity < 100 ? perplexity.toFixed(1) : readableCount(perplexity);
}

/** A share in [0, 1] as whole per cents, `43 %`; what is more than nothing and less than one shows as `< 1 %`. */
export function readableShare(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 1 ? "< 1 %" : `${Math.round(percent)} %`;
}

/** A size in decimal units: `812 B`, `24.1 kB`, `2.41 MB`. */
export function readableBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? String(Math.round(value)) : value.toPrecision(3)} ${units[unit] ?? "B"}`;
}

/** A number of parameters or tokens in short: `940`, `3.15 M`. */
export function readableShortCount(count: number): string {
  const units = ["", " k", " M", " G"];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? String(Math.round(value)) : `${value.toPrecision(3)}${units[unit] ?? ""}`;
}

/** A time span by its two largest units: `8 s`, `2 min 05 s`, `1 h 12 min`. */
export function readableSeconds(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  if (total < 60) {
    return `${total} s`;
  }
  const minutes = Math.floor(total / 60);
  if (minutes < 60) {
    const rest = total % 60;
    return rest === 0 ? `${minutes} min` : `${minutes} min ${String(rest).padStart(2, "0")} s`;
  }
  const restMinutes = minutes % 60;
  const hours = Math.floor(minutes / 60);
  return restMinutes === 0 ? `${hours} h` : `${hours} h ${String(restMinutes).padStart(2, "0")} min`;
}

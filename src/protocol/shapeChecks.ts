/** Whether a value is an object that is no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Whether a value is a list of nothing else. */
export function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[];
/** The same, of items that only the check knows. */
export function isListOf(value: unknown, isItem: (item: unknown) => boolean): value is unknown[];
/** Whether a value is a list of nothing else, whatever is known of its items. */
export function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

/** Whether a value is null or what the rest must be. */
export function isNullOr(value: unknown, isRest: (rest: unknown) => boolean): boolean {
  return value === null || isRest(value);
}

/** Whether a value is a figure as messages to a page have it: a finite number, or null where it was not finite. */
export function isFigure(value: unknown): value is number | null {
  return value === null || Number.isFinite(value);
}

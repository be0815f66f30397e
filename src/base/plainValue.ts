/** A piece of foreign plain data (JSON, a message) does not have the shape it should have. */
export class PlainValueError extends Error {
  /** What leads to the value, e.g. `manifest.spec.cell`. */
  public readonly path: string;
  /** In words, as in "expected to be …". */
  public readonly expected: string;
  /** The value itself, or what it is, in a few words. */
  public readonly found: string;

  public constructor(path: string, expected: string, value: unknown) {
    const found = summarize(value);
    super(`Expected \`${path}\` to be ${expected}, got ${found}`);
    this.name = "PlainValueError";
    this.path = path;
    this.expected = expected;
    this.found = found;
  }
}

export interface IntegerRange {
  readonly least?: number;
  readonly most?: number;
}

/**
 * A value of unknown shape together with the path that leads to it, read one expectation at a time.
 * Every method throws `PlainValueError` where the value is not what it asks for.
 */
export class PlainValue {
  readonly #value: unknown;
  readonly #path: string;

  /** @param path what messages call the value, e.g. `manifest` */
  public constructor(value: unknown, path: string) {
    this.#value = value;
    this.#path = path;
  }

  /** The value itself, unread. */
  public get raw(): unknown {
    return this.#value;
  }

  public field(name: string): PlainValue {
    return new PlainValue(this.object()[name], `${this.#path}.${name}`);
  }

  public object(): Readonly<Record<string, unknown>> {
    if (!isPlainObject(this.#value)) {
      throw this.mismatch("an object");
    }
    return this.#value;
  }

  public items(): readonly PlainValue[] {
    if (!Array.isArray(this.#value)) {
      throw this.mismatch("a list");
    }
    return this.#value.map((item: unknown, index) => new PlainValue(item, `${this.#path}[${index}]`));
  }

  public string(): string {
    if (typeof this.#value !== "string") {
      throw this.mismatch("a text");
    }
    return this.#value;
  }

  public strings(): readonly string[] {
    return this.items().map((item) => item.string());
  }

  public boolean(): boolean {
    if (typeof this.#value !== "boolean") {
      throw this.mismatch("true or false");
    }
    return this.#value;
  }

  /** A finite number, not below `least`. */
  public number(least = -Infinity): number {
    if (typeof this.#value !== "number" || !Number.isFinite(this.#value) || this.#value < least) {
      throw this.mismatch(least === -Infinity ? "a finite number" : `a number of at least ${least}`);
    }
    return this.#value;
  }

  /** A whole number that floating point holds exactly, in `range` (at least 0 unless told). */
  public integer({ least = 0, most = Number.MAX_SAFE_INTEGER }: IntegerRange = {}): number {
    const value = this.#value;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most) {
      const upper = most === Number.MAX_SAFE_INTEGER ? "" : ` and at most ${most}`;
      throw this.mismatch(`a whole number of at least ${least}${upper}`);
    }
    return value;
  }

  public oneOf<const T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.#value);
    if (found === undefined) {
      throw this.mismatch(`one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`);
    }
    return found;
  }

  /** `null` where the value is null, else what `read` makes of it. */
  public nullable<T>(read: (value: PlainValue) => T): T | null {
    return this.#value === null ? null : read(this);
  }

  /** A record of values that are text, numbers, truth values or null. */
  public scalars(): Readonly<Record<string, string | number | boolean | null>> {
    return Object.fromEntries(
      Object.entries(this.object()).map(([name, value]) => [
        name,
        new PlainValue(value, `${this.#path}.${name}`).#scalar(),
      ]),
    );
  }

  /** The error to throw where the value breaks an expectation that has no method of its own. */
  public mismatch(expected: string): PlainValueError {
    return new PlainValueError(this.#path, expected, this.#value);
  }

  #scalar(): string | number | boolean | null {
    const value = this.#value;
    if (value === null || typeof value === "string" || typeof value === "boolean") {
      return value;
    }
    if (typeof value === "number") {
      return this.number();
    }
    throw this.mismatch("a text, a number, true, false or null");
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function summarize(value: unknown): string {
  switch (typeof value) {
    case "undefined":
      return "nothing";
    case "object":
      if (value === null) {
        return "null";
      }
      return Array.isArray(value) ? "a list" : "an object";
    case "string":
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    default:
      return `a ${typeof value}`;
  }
}

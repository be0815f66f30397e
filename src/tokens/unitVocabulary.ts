/** What a labelled text is read by: its words, or its characters. */
export const UNIT_KINDS = ["word", "char"] as const;

export type UnitKind = (typeof UNIT_KINDS)[number];

/** A vocabulary as plain data. */
export interface SerializedUnits {
  readonly kind: UnitKind;
  /** The known pieces of each field, in the order of their ids. */
  readonly fields: readonly (readonly string[])[];
}

/** Pieces of a field at most; the frequent ones are kept. */
const MOST_PIECES = { word: 30_000, char: 2_000 } as const;
/** A piece that occurs once is unknown, so that there is something to learn about unknown ones. */
const LEAST_COUNT = 2;
/** Capitals, small letters and digits of a word, each run as one sign; longer shapes say no more. */
const SHAPE_LENGTH = 8;

const WORDS = /\p{L}[\p{L}\p{M}\p{N}_']*|\p{N}+|\S/gu;

/** The words and signs of a text, or its characters (code points). */
export function splitUnits(text: string, kind: UnitKind): readonly string[] {
  return kind === "char" ? Array.from(text) : Array.from(text.matchAll(WORDS), ([word]) => word);
}

/**
 * Units as ids of a network's table. A word has several fields, the form, the form in small letters, its last three and its last two
 * characters and its shape, and is read as the sum of their vectors, so that a word that was never seen is not without features (the spelling features of
 * Huang, Xu and Yu 2015, section 3.2). A character has one field.
 */
export class UnitVocabulary {
  public readonly kind: UnitKind;
  /** F: ids of a unit */
  public readonly fieldCount: number;
  /** V: rows of the table, all fields together, each with one for what is unknown */
  public readonly size: number;
  readonly #fields: readonly { readonly base: number; readonly ids: ReadonlyMap<string, number> }[];
  readonly #pieces: SerializedUnits["fields"];

  public constructor({ kind, fields }: SerializedUnits) {
    let base = 0;
    this.kind = kind;
    this.fieldCount = fields.length;
    this.#pieces = fields;
    this.#fields = fields.map((pieces) => {
      const field = { base, ids: new Map(pieces.map((piece, index) => [piece, index + 1])) };
      base += pieces.length + 1;
      return field;
    });
    this.size = base;
  }

  /** int32 [n·F], each in [0, V). */
  public encode(units: readonly string[]): Int32Array {
    const ids = new Int32Array(units.length * this.fieldCount);
    units.forEach((unit, index) => {
      fieldsOf(unit, this.kind).forEach((piece, place) => {
        const field = this.#fields[place];
        ids[index * this.fieldCount + place] = (field?.base ?? 0) + (field?.ids.get(piece) ?? 0);
      });
    });
    return ids;
  }

  /** Whether the unit itself is known, and not only features of it. */
  public knows(unit: string): boolean {
    return this.#fields[0]?.ids.has(unit) === true;
  }

  public serialize(): SerializedUnits {
    return { kind: this.kind, fields: this.#pieces };
  }
}

/** Number of fields of a unit. */
export function fieldCountOf(kind: UnitKind): number {
  return fieldsOf("a", kind).length;
}

/** The vocabulary of texts that are split already. */
export function learnUnits(texts: Iterable<readonly string[]>, kind: UnitKind): UnitVocabulary {
  const counts = Array.from({ length: fieldCountOf(kind) }, () => new Map<string, number>());
  for (const text of texts) {
    for (const unit of text) {
      fieldsOf(unit, kind).forEach((piece, place) => {
        const field = counts[place] as Map<string, number>;
        field.set(piece, (field.get(piece) ?? 0) + 1);
      });
    }
  }
  const fields = counts.map((field) =>
    [...field]
      .filter(([, count]) => count >= LEAST_COUNT)
      .sort(([, left], [, right]) => right - left)
      .slice(0, MOST_PIECES[kind])
      .map(([piece]) => piece),
  );
  return new UnitVocabulary({ kind, fields });
}

function fieldsOf(unit: string, kind: UnitKind): readonly string[] {
  if (kind === "char") {
    return [unit];
  }
  // Of a word without end its last characters are enough; an emoji may have two units.
  const tail = Array.from(unit.slice(-12));
  return [unit, unit.toLowerCase(), tail.slice(-3).join(""), tail.slice(-2).join(""), shapeOf(unit)];
}

/** `Xx` for `Paris`, `d.d` for `3.14`. */
function shapeOf(word: string): string {
  return word
    .slice(0, 64)
    .replace(/\p{Lu}+/gu, "X")
    .replace(/\p{Ll}+/gu, "x")
    .replace(/\p{N}+/gu, "d")
    .slice(0, SHAPE_LENGTH);
}

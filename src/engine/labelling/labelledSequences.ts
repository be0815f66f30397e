import type { LabelledSequence } from "../../batches/labelBatches.ts";
import { splitUnits, type UnitVocabulary } from "../../tokens/unitVocabulary.ts";
import type { LabelledText } from "./readLabelled.ts";

/** Stretches of a text that are read of it at most, from its beginning to its end at equal distances. */
const MOST_STRETCHES = 8;

/** What a text is read as: a tagger's sentence whole, other texts in stretches of `stretchUnits` at most. */
export function stretchesOf(
  parts: readonly string[],
  { units, stretchUnits }: { readonly units: Pick<UnitVocabulary, "kind">; readonly stretchUnits: number | null },
): readonly (readonly string[])[] {
  if (stretchUnits === null) {
    return [parts];
  }
  const all = splitUnits(parts.join("\n"), units.kind);
  const count = Math.min(MOST_STRETCHES, Math.ceil(all.length / stretchUnits));
  if (count <= 1) {
    return all.length === 0 ? [] : [all];
  }
  const distance = (all.length - stretchUnits) / (count - 1);
  return Array.from({ length: count }, (_, index) => {
    const from = Math.round(index * distance);
    return all.slice(from, from + stretchUnits);
  });
}

/** Texts as numbers, stretch after stretch; labels that are not in `labels` are −1. Texts without any unit give none. */
export function encodeTexts(
  texts: readonly LabelledText[],
  options: {
    readonly units: UnitVocabulary;
    readonly stretchUnits: number | null;
    readonly labels: readonly string[];
  },
): readonly LabelledSequence[] {
  const { units, stretchUnits, labels } = options;
  const ids = new Map(labels.map((label, index) => [label, index]));
  return texts.flatMap((text) =>
    stretchesOf(text.parts, { units, stretchUnits }).map((stretch) => ({
      units: units.encode(stretch),
      labels: Int32Array.from(text.labels, (label) => ids.get(label) ?? -1),
    })),
  );
}

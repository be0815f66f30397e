import { LmError } from "../../base/errors.ts";
import { createRng, shuffle } from "../../base/rng.ts";
import type { LabelledText } from "./readLabelled.ts";

export interface HeldOut {
  readonly training: readonly LabelledText[];
  readonly validation: readonly LabelledText[];
}

const SHARE = 0.1;

/**
 * A tenth of the texts, one at least, held out by chance; of texts with one label none that would leave its label without an example. Throws
 * `LmError("badArgument")` where none can be.
 */
export function holdOut(
  texts: readonly LabelledText[],
  { seed, isEach, path }: { readonly seed: number; readonly isEach: boolean; readonly path: string },
): HeldOut {
  const left = new Map<string, number>();
  for (const { labels } of texts) {
    left.set(labels[0] ?? "", (left.get(labels[0] ?? "") ?? 0) + 1);
  }
  const target = texts.length < 2 ? 0 : Math.max(1, Math.round(texts.length * SHARE));
  const held = new Set<number>();
  const order = shuffle(
    texts.map((_, index) => index),
    createRng(seed),
  );
  for (const index of order) {
    const label = texts[index]?.labels[0] ?? "";
    const others = (left.get(label) ?? 0) - 1;
    if (held.size < target && (isEach || others > 0)) {
      held.add(index);
      left.set(label, others);
    }
  }
  if (held.size === 0) {
    const few = isEach ? "has one sentence only" : "has one example only of each label";
    throw new LmError(
      "badArgument",
      `${path} ${few}, and some are held out to choose the weights by; give more, or name others with --valid.`,
    );
  }
  return {
    training: texts.filter((_, index) => !held.has(index)),
    validation: texts.filter((_, index) => held.has(index)),
  };
}

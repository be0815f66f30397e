import { addDelta, hierarchicalAddDelta } from "./addDelta.ts";
import type { CountIndex } from "./countIndex.ts";
import { countsOfCounts } from "./countsOfCounts.ts";
import { absoluteDiscounting, kneserNey, modifiedKneserNey } from "./discounting.ts";
import { type Discounts, singleDiscounts, tripleDiscounts } from "./discounts.ts";
import { jelinekMercer } from "./jelinekMercer.ts";
import { maximumLikelihood } from "./maximumLikelihood.ts";
import type { Smoothing, SmoothingName } from "./smoothing.ts";
import { stupidBackoff } from "./stupidBackoff.ts";
import { wittenBell } from "./wittenBell.ts";

/** A smoothing fitted to an index. */
export interface FittedSmoothing {
  readonly smoothing: Smoothing;
  /** For contexts of 0, 1, … tokens; empty where nothing is discounted. */
  readonly discounts: readonly Discounts[];
}

/**
 * A smoothing by name, with its usual parameters; discounts are estimated from the index as it stands (which sorts it anew where
 * anything was forgotten) and stay as they are when it changes.
 */
export function createSmoothing(
  name: SmoothingName,
  { index, order }: { readonly index: CountIndex; readonly order: number },
): FittedSmoothing {
  const plain = (smoothing: Smoothing): FittedSmoothing => ({ smoothing, discounts: [] });
  switch (name) {
    case "maximumLikelihood":
      return plain(maximumLikelihood());
    case "addDelta":
      return plain(addDelta());
    case "hierarchicalAddDelta":
      return plain(hierarchicalAddDelta());
    case "jelinekMercer":
      return plain(jelinekMercer());
    case "wittenBell":
      return plain(wittenBell());
    case "stupidBackoff":
      return plain(stupidBackoff());
    case "absoluteDiscounting": {
      const discounts = singleDiscounts(countsOfCounts(index, { order, kind: "occurrences" }));
      return { smoothing: absoluteDiscounting(discounts), discounts };
    }
    case "kneserNey": {
      const discounts = singleDiscounts(countsOfCounts(index, { order, kind: "continuations" }));
      return { smoothing: kneserNey(discounts), discounts };
    }
    case "modifiedKneserNey": {
      const discounts = tripleDiscounts(countsOfCounts(index, { order, kind: "continuations" }));
      return { smoothing: modifiedKneserNey(discounts), discounts };
    }
  }
}

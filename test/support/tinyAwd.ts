import type { FamilySpec } from "../../src/models/neural/family/familySpec.ts";
import { TINY } from "./tinyFamily.ts";

/** An AWD-LSTM (Merity et al. 2018) small enough to check every number: three layers, tied, and all that it regularises with at once. */
export const TINY_AWD: FamilySpec = {
  ...TINY,
  kind: "lstm",
  embeddingSize: 6,
  hiddenSize: 8,
  layerCount: 3,
  isTied: true,
  regularisation: {
    embeddingDropout: 0.1,
    inputDropout: 0.3,
    hiddenDropout: 0.25,
    outputDropout: 0.3,
    latentDropout: 0,
    weightDrop: 0.5,
    activation: 2,
    temporalActivation: 1,
    isLocked: true,
  },
};

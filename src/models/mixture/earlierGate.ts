import { DEFAULT_GATE } from "./defaultGate.ts";
import { GATE_SIZES, GATE_VERSION, type GateParameters } from "./gateParameters.ts";

/** The version before this one: it knew nothing of folders, of what was written lately and of kinds of token. */
export const EARLIER_GATE_VERSION = 2;

/** The numbers of a gate of that version. */
export type EarlierGate = Pick<GateParameters, "trust" | "emphasis" | "powers" | "weights">;

/** Its kinds of place came first, so that its cells are the first ones. */
const EARLIER_CELLS = (GATE_SIZES.trust / 7) * 4;

export const EARLIER_GATE_SIZES: Readonly<Record<keyof EarlierGate, number>> = {
  trust: EARLIER_CELLS,
  emphasis: EARLIER_CELLS,
  powers: GATE_SIZES.powers,
  weights: GATE_SIZES.weights,
};

/** What was fitted then, with what is believed by default of all that is new. */
export function upgradeGate({ trust, emphasis, powers, weights }: EarlierGate): GateParameters {
  return {
    version: GATE_VERSION,
    trust: [...trust, ...DEFAULT_GATE.trust.slice(EARLIER_CELLS)],
    emphasis: [...emphasis, ...DEFAULT_GATE.emphasis.slice(EARLIER_CELLS)],
    leanings: DEFAULT_GATE.leanings,
    powers,
    weights,
  };
}

import { DEFAULT_GATE } from "./defaultGate.ts";
import { GATE_SIZES, GATE_VERSION, type GateParameters } from "./gateParameters.ts";
import { CONTEXT_GROUPS, TRUST_COUNT } from "./trustTable.ts";

/** The version before this one: it knew nothing of folders, of what was written lately, of kinds of token and of three ways of comparing places. */
export const EARLIER_GATE_VERSION = 2;

/** The numbers of a gate of that version. */
export type EarlierGate = Pick<GateParameters, "trust" | "emphasis" | "powers" | "weights">;

/** Its kinds of place came first, so that its cells are the first ones. */
const EARLIER_CELLS = (GATE_SIZES.trust / 7) * 4;
/** The last of these are of ways of comparing places that there were not: of room for 16, nine were in use. */
const LEARNT_CELLS = EARLIER_CELLS - (16 - 9) * (TRUST_COUNT / CONTEXT_GROUPS);

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
    trust: [...trust.slice(0, LEARNT_CELLS), ...DEFAULT_GATE.trust.slice(LEARNT_CELLS)],
    emphasis: [...emphasis.slice(0, LEARNT_CELLS), ...DEFAULT_GATE.emphasis.slice(LEARNT_CELLS)],
    leanings: DEFAULT_GATE.leanings,
    powers,
    weights,
  };
}

import { LmError } from "../../base/errors.ts";
import {
  DEFAULT_FAMILY_SPEC,
  FAMILY_KINDS,
  familyFault,
  type FamilySpec,
  layerSizes,
} from "../../models/neural/family/familySpec.ts";
import type { ModelSettings } from "../../protocol/compareMessages.ts";
import { DEFAULT_RECIPE, OPTIMIZERS, type Recipe, recipeFault, SCHEDULES } from "../../training/recipe.ts";

/** A network of the family and how it is trained. */
export interface NetworkPlan {
  readonly spec: FamilySpec;
  readonly recipe: Recipe;
}

interface Preset {
  readonly spec: Partial<FamilySpec>;
  readonly recipe: Partial<Recipe>;
}

const AWD_REGULARISATION = {
  embeddingDropout: 0.1,
  inputDropout: 0.4,
  hiddenDropout: 0.25,
  outputDropout: 0.4,
  latentDropout: 0,
  weightDrop: 0.5,
  activation: 2,
  temporalActivation: 1,
  isLocked: true,
};

/** Merity et al. (2018), table 1 and section 5, with their code's loss: clipping at 0.25 and a rate of 30 on the mean. */
const AWD: Preset = {
  spec: {
    kind: "lstm",
    embeddingSize: 400,
    hiddenSize: 1150,
    layerCount: 3,
    isTied: true,
    regularisation: AWD_REGULARISATION,
  },
  recipe: {
    optimizer: "ntasgd",
    schedule: "constant",
    learningRate: 30,
    clipNorm: 0.25,
    laneCount: 20,
    windowTokens: 70,
    softmaxShare: 1,
    isWindowRandom: true,
    weightDecay: 1.2e-6,
  },
};

/**
 * Networks by name. Rates are for short runs: after 136 steps of characters an LSTM had a perplexity of 17.0 at 0.01 and of 8.1 at 0.02. Sizes are what
 * a processor trains in minutes but for the published ones, which a configuration may make smaller.
 */
export const NETWORK_PRESETS: Readonly<Record<string, Preset>> = {
  window: { spec: { kind: "window", embeddingSize: 100, hiddenSize: 200, isTied: false }, recipe: {} },
  rnn: { spec: { kind: "rnn" }, recipe: { learningRate: 5e-3 } },
  lstm: { spec: { kind: "lstm" }, recipe: { learningRate: 20e-3 } },
  "lstm-peephole": { spec: { kind: "peepholeLstm" }, recipe: { learningRate: 20e-3 } },
  gru: { spec: { kind: "gru" }, recipe: {} },
  highway: { spec: { kind: "highway" }, recipe: {} },
  qrnn: { spec: { kind: "qrnn" }, recipe: {} },
  retention: { spec: { kind: "retention", isResidual: true }, recipe: {} },
  mos: { spec: { kind: "lstm", softmaxCount: 3 }, recipe: { learningRate: 20e-3 } },
  "awd-lstm": AWD,
  "awd-lstm-mos": {
    // Yang et al. (2018), table 6: 15 softmaxes over 280 dimensions, layers of 960, 960 and 620.
    spec: {
      ...AWD.spec,
      embeddingSize: 280,
      hiddenSize: 960,
      lastSize: 620,
      softmaxCount: 15,
      regularisation: { ...AWD_REGULARISATION, hiddenDropout: 0.225, latentDropout: 0.29 },
    },
    recipe: { ...AWD.recipe, learningRate: 20, laneCount: 12 },
  },
};

/** Throws `LmError("badArgument")` where there are settings for what is no network. */
export function requireNetworks(settings: Readonly<Record<string, ModelSettings>>): void {
  const stranger = Object.keys(settings).find((name) => !Object.hasOwn(NETWORK_PRESETS, name));
  if (stranger !== undefined) {
    throw new LmError(
      "badArgument",
      `There are settings for "${stranger}", which is no network; there is ${Object.keys(NETWORK_PRESETS).join(", ")}.`,
    );
  }
}

/**
 * The plan of a network: its preset, with what the settings change. Throws `LmError("badArgument")` for a name that does not exist, a value of
 * another kind, and sizes that make no sense.
 */
export function planNetwork(
  network: string,
  { vocabularySize, settings }: { readonly vocabularySize: number; readonly settings: ModelSettings | undefined },
): NetworkPlan {
  const preset = NETWORK_PRESETS[network];
  if (preset === undefined) {
    throw new LmError("badArgument", `There is no network called "${network}".`);
  }
  const at = (part: string): string => `settings of ${network}, ${part}`;
  const spec = change(
    { ...DEFAULT_FAMILY_SPEC, ...preset.spec, vocabularySize },
    { changes: settings?.spec ?? {}, at: at("spec"), fixed: ["vocabularySize"] },
  );
  const recipe = change(
    { ...DEFAULT_RECIPE, ...preset.recipe },
    { changes: settings?.recipe ?? {}, at: at("recipe"), fixed: [] },
  );
  const fault =
    choiceFault("kind", spec.kind, FAMILY_KINDS) ??
    choiceFault("optimizer", recipe.optimizer, OPTIMIZERS) ??
    choiceFault("schedule", recipe.schedule, SCHEDULES) ??
    familyFault(spec) ??
    hiddenFault(spec, settings?.spec ?? {}) ??
    recipeFault(recipe) ??
    unusedFault({ spec, recipe }, settings);
  if (fault !== null) {
    throw new LmError("badArgument", `In the settings of ${network}, ${fault}`);
  }
  return { spec, recipe };
}

interface Use {
  readonly of: "kind" | "optimizer" | "schedule";
  readonly by: readonly string[];
}

/** Settings of a specification or recipe that some choices know nothing of. */
const USES: Readonly<Record<string, Use>> = {
  contextTokens: { of: "kind", by: ["window"] },
  depth: { of: "kind", by: ["highway"] },
  headCount: { of: "kind", by: ["retention"] },
  momentum: { of: "optimizer", by: ["momentum"] },
  beta1: { of: "optimizer", by: ["adam"] },
  beta2: { of: "optimizer", by: ["adam"] },
  squareDecay: { of: "optimizer", by: ["rmsprop"] },
  nonMonotoneLooks: { of: "optimizer", by: ["ntasgd"] },
  decayFactor: { of: "schedule", by: ["decay", "plateau"] },
  decayAfterPasses: { of: "schedule", by: ["decay"] },
};

/** A setting that was asked for and has no effect. */
function unusedFault({ spec, recipe }: NetworkPlan, settings: ModelSettings | undefined): string | null {
  const chosen = { kind: spec.kind, optimizer: recipe.optimizer, schedule: recipe.schedule };
  for (const name of Object.keys({ ...settings?.spec, ...settings?.recipe })) {
    const use = Object.hasOwn(USES, name) ? USES[name] : undefined;
    if (use !== undefined && !use.by.includes(chosen[use.of])) {
      const others = use.by.map((choice) => `"${choice}"`).join(" or ");
      return `${name} is of no use to the ${use.of} "${chosen[use.of]}"; leave it out, or choose the ${use.of} ${others}.`;
    }
  }
  return null;
}

/** A hidden size that was asked for and does not count. */
function hiddenFault(spec: FamilySpec, changes: Readonly<Record<string, unknown>>): string | null {
  const isUsed = layerSizes(spec).some(({ hiddenSize }) => hiddenSize === spec.hiddenSize);
  return isUsed || !Object.hasOwn(changes, "hiddenSize")
    ? null
    : `hiddenSize is ${spec.hiddenSize}, but a single layer that is tied to the embedding is as wide as that, ${spec.embeddingSize}; set embeddingSize, or isTied to false, or choose two layers.`;
}

interface Change {
  readonly changes: Readonly<Record<string, unknown>>;
  /** What messages call the place. */
  readonly at: string;
  /** Names that cannot be changed. */
  readonly fixed: readonly string[];
}

/** An object with some of its values replaced by others of their kind, in depth. */
function change<T extends object>(base: T, { changes, at, fixed }: Change): T {
  const known = base as Readonly<Record<string, unknown>>;
  const next: Record<string, unknown> = { ...known };
  for (const [name, value] of Object.entries(changes)) {
    const before = known[name];
    if (!Object.hasOwn(known, name) || fixed.includes(name)) {
      const names = Object.keys(known).filter((each) => !fixed.includes(each));
      throw new LmError("badArgument", `There is nothing called "${name}" in ${at}; there is ${names.join(", ")}.`);
    }
    if (typeof before === "object" && before !== null) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new LmError("badArgument", `"${name}" in ${at} is an object of settings; got ${JSON.stringify(value)}.`);
      }
      next[name] = change(before, {
        changes: value as Readonly<Record<string, unknown>>,
        at: `${at}, ${name}`,
        fixed: [],
      });
      continue;
    }
    const isClip = name === "clipNorm" || name === "clipValue";
    if (isClip ? value !== null && typeof value !== "number" : typeof value !== typeof before) {
      const kind = isClip ? "number or null" : typeof before;
      throw new LmError("badArgument", `"${name}" in ${at} is a ${kind}; got ${JSON.stringify(value)}.`);
    }
    next[name] = value;
  }
  return next as T;
}

function choiceFault(name: string, value: string, choices: readonly string[]): string | null {
  return choices.includes(value) ? null : `${name} is "${value}"; choose one of ${choices.join(", ")}.`;
}

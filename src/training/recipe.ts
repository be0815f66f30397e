/** How a model of the family is trained. */
export const OPTIMIZERS = ["sgd", "momentum", "rmsprop", "adam", "ntasgd"] as const;

export type OptimizerName = (typeof OPTIMIZERS)[number];

/**
 * How the rate goes: `cosine` anneals it over the run; `decay` multiplies it after every pass from one on (Zaremba et al. 2014); `plateau` multiplies it whenever
 * the validation loss gets no better (Mikolov 2012); `constant` leaves it.
 */
export const SCHEDULES = ["cosine", "decay", "plateau", "constant"] as const;

export type ScheduleName = (typeof SCHEDULES)[number];

/** Optimizer, schedule and windows of one training. */
export interface Recipe {
  readonly optimizer: OptimizerName;
  /** The highest. */
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** What `decay` and `plateau` multiply by. */
  readonly decayFactor: number;
  /** Passes before `decay` sets in. */
  readonly decayAfterPasses: number;
  /** B */
  readonly laneCount: number;
  /** T */
  readonly windowTokens: number;
  /** Whether the windows' lengths are drawn (Merity et al. 2018, section 4.1). */
  readonly isWindowRandom: boolean;
  /** Largest global norm of a gradient; null: the norm is not clipped. */
  readonly clipNorm: number | null;
  /** Largest magnitude of an element of a gradient; null: elements are not clipped. */
  readonly clipValue: number | null;
  /** Share of the vocabulary drawn for the softmax of a window's loss; 1: it sums over all of it. */
  readonly softmaxShare: number;
  /** Share of the inputs that are the true tokens, in [0, 1]; the others are the model's own (Bengio et al. 2015). */
  readonly teacherForcing: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** Adam's */
  readonly beta1: number;
  readonly beta2: number;
  /** RMSProp's ρ */
  readonly squareDecay: number;
  /** NT-ASGD's n */
  readonly nonMonotoneLooks: number;
  /** Looks at the validation text in each pass. */
  readonly looksPerPass: number;
}

/** Adam, annealed, at a rate for runs of minutes; longer ones do better with less. */
export const DEFAULT_RECIPE: Recipe = {
  optimizer: "adam",
  learningRate: 10e-3,
  schedule: "cosine",
  decayFactor: 0.5,
  decayAfterPasses: 4,
  laneCount: 32,
  windowTokens: 35,
  isWindowRandom: false,
  clipNorm: 1,
  clipValue: null,
  softmaxShare: 1 / 8,
  teacherForcing: 1,
  momentum: 0.9,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.99,
  squareDecay: 0.95,
  nonMonotoneLooks: 5,
  looksPerPass: 1,
};

const COUNTS = { laneCount: 4096, windowTokens: 4096, nonMonotoneLooks: 1000, looksPerPass: 1000 } as const;
const RATES = ["momentum", "beta1", "beta2", "squareDecay"] as const;
const ABOVE_ZERO = ["learningRate", "decayFactor", "clipNorm", "clipValue", "softmaxShare"] as const;

/** What is wrong with a recipe, in words that say what to change; null where nothing is. */
export function recipeFault(recipe: Recipe): string | null {
  for (const [name, most] of Object.entries(COUNTS)) {
    const value = recipe[name as keyof typeof COUNTS];
    if (!Number.isInteger(value) || value < 1 || value > most) {
      return `${name} is ${value}; choose a whole number from 1 to ${most}.`;
    }
  }
  for (const name of RATES) {
    if (!(recipe[name] >= 0 && recipe[name] < 1)) {
      return `${name} is ${recipe[name]}; choose a number of at least 0 and below 1.`;
    }
  }
  for (const name of ABOVE_ZERO) {
    const value = recipe[name];
    if (value !== null && !(value > 0)) {
      return `${name} is ${value}; choose a number above 0.`;
    }
  }
  if (recipe.softmaxShare > 1) {
    return `softmaxShare is ${recipe.softmaxShare}; choose a number above 0 and at most 1.`;
  }
  if (!(recipe.teacherForcing >= 0 && recipe.teacherForcing <= 1)) {
    return `teacherForcing is ${recipe.teacherForcing}; choose a share from 0 to 1.`;
  }
  if (recipe.clipNorm !== null && recipe.clipValue !== null) {
    return "clipNorm and clipValue are both set; set one of them to null.";
  }
  return rateFault(recipe);
}

/** Above this nothing was ever learnt. */
const HIGHEST_RATE = 1000;

function rateFault({ learningRate, decayFactor, decayAfterPasses, weightDecay, optimizer }: Recipe): string | null {
  if (learningRate > HIGHEST_RATE) {
    return `learningRate is ${learningRate}; choose a number above 0 and at most ${HIGHEST_RATE}.`;
  }
  if (decayFactor > 1) {
    return `decayFactor is ${decayFactor}; choose a number above 0 and at most 1.`;
  }
  if (!(decayAfterPasses >= 0 && Number.isFinite(decayAfterPasses))) {
    return `decayAfterPasses is ${decayAfterPasses}; choose 0 or more.`;
  }
  if (optimizer === "rmsprop" && weightDecay > 0) {
    return `weightDecay is of no use to "rmsprop"; set it to 0, or choose another optimizer.`;
  }
  return weightDecay >= 0 ? null : `weightDecay is ${weightDecay}; choose 0 or more.`;
}

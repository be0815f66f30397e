import { LmError } from "../../base/errors.ts";
import type { SmoothingName } from "../../models/counting/smoothing.ts";
import { NETWORK_PRESETS } from "../family/networkPresets.ts";

/** An n-gram model, alone or with a cache of words used lately. */
export interface CountingEntrant {
  readonly kind: "counts";
  readonly name: string;
  readonly smoothing: SmoothingName;
  readonly order: number;
  readonly hasCache: boolean;
}

/** A network of the family, alone or with something added where it is scored. */
export interface NetworkEntrant {
  readonly kind: "network";
  readonly name: string;
  /** What is trained. */
  readonly network: string;
  /**
   * `linear`: with these counts at one weight for all of the text; `cache`: with a cache over its hidden states, likewise; `context`: with counts, caches
   * and what the text itself holds so far, each weighed by context; `dynamic`: alone, learning on from the text as it is scored; null: alone.
   */
  readonly mixed:
    | { readonly kind: "linear"; readonly counts: CountingEntrant }
    | { readonly kind: "cache" }
    | { readonly kind: "context" }
    | { readonly kind: "dynamic" }
    | null;
}

export type Entrant = CountingEntrant | NetworkEntrant;

/** Letters of a model of counts, before its order. */
const SMOOTHINGS: Readonly<Record<string, SmoothingName>> = {
  ml: "maximumLikelihood",
  add: "addDelta",
  hadd: "hierarchicalAddDelta",
  jm: "jelinekMercer",
  wb: "wittenBell",
  ad: "absoluteDiscounting",
  // What the literature's tables call KN is the modified, interpolated form (docs/benchmarks.md).
  kn: "modifiedKneserNey",
  kn1d: "kneserNey",
  sb: "stupidBackoff",
};

const MAX_ORDER = 20;

/** What people call networks that read both ways. */
export const BIDIRECTIONAL = /^(?:bi(?:directional)?-?(?:rnn|lstm|gru)|b-?lstm|(?:rnn|lstm|gru)-bi(?:directional)?)$/u;

/** What a name such as `kn5`, `kn5+cache`, `lstm`, `lstm+kn5`, `lstm+context` or `lstm+dynamic` stands for; throws `LmError("badArgument")`. */
export function parseEntrant(name: string): Entrant {
  const [base = "", ...extras] = name.split("+");
  const extra = extras.join("+");
  if (name.endsWith("+")) {
    throw new LmError("badArgument", `"${name}" ends before it says what is mixed. ${describeNames()}`);
  }
  const counts = parseCounts(base);
  if (counts !== null && (extra === "" || extra === "cache")) {
    return { ...counts, name, hasCache: extra === "cache" };
  }
  if (Object.hasOwn(NETWORK_PRESETS, base)) {
    if (extra === "") {
      return { kind: "network", name, network: base, mixed: null };
    }
    if (extra === "cache" || extra === "context" || extra === "dynamic") {
      return { kind: "network", name, network: base, mixed: { kind: extra } };
    }
    const mixed = parseEntrantOrNull(extra);
    if (mixed?.kind === "counts") {
      return { kind: "network", name, network: base, mixed: { kind: "linear", counts: mixed } };
    }
  }
  if (BIDIRECTIONAL.test(base)) {
    throw new LmError(
      "badArgument",
      `${name} reads from both ends: at each place it has seen the token that it would predict, so its probabilities are of no text and it cannot write any. ` +
        "Compare one that reads forward, such as lstm, gru or rnn; for labels of tokens or texts there are `tag train` and `classify train`.",
    );
  }
  throw new LmError("badArgument", `There is no model called "${name}". ${describeNames()}`);
}

/** Every model that there is, for people. */
export function describeNames(): string {
  const networks = Object.keys(NETWORK_PRESETS).join(", ");
  const counts = Object.keys(SMOOTHINGS).join(", ");
  return (
    `Networks: ${networks}; counts: one of ${counts} with an order such as kn5, and +cache for words used lately; ` +
    `mixed: a network with counts such as lstm+kn5, +cache for places where it was in a like state, or +context for all of these; ` +
    `+dynamic for a network that learns on from the text as it is scored.`
  );
}

function parseEntrantOrNull(name: string): Entrant | null {
  try {
    return parseEntrant(name);
  } catch {
    return null;
  }
}

function parseCounts(name: string): CountingEntrant | null {
  const [, letters = "", digits = ""] = /^([a-z]+(?:1d)?)(\d+)$/u.exec(name) ?? [];
  const smoothing = Object.hasOwn(SMOOTHINGS, letters) ? SMOOTHINGS[letters] : undefined;
  const order = Number(digits);
  if (smoothing === undefined) {
    return null;
  }
  if (order < 1 || order > MAX_ORDER) {
    throw new LmError(
      "badArgument",
      `"${name}" has order ${digits}; choose one from 1 to ${MAX_ORDER}, such as ${letters}5.`,
    );
  }
  return { kind: "counts", name, smoothing, order, hasCache: false };
}

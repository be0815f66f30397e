/** What became of suggestions: the sum of the probabilities that they were shown with, and how many were right. Older ones count less. */
export interface AcceptanceTally {
  readonly claimed: number;
  readonly accepted: number;
}

/** What is kept from session to session. */
export interface AcceptanceRecord {
  readonly all: AcceptanceTally;
  /** By the editor's id of the language. */
  readonly languages: Readonly<Record<string, AcceptanceTally>>;
}

export const NO_ACCEPTANCE: AcceptanceRecord = { all: { claimed: 0, accepted: 0 }, languages: {} };

/** Suggestions claimed for sure that the assumption is worth that accepts are as usual; and for a language, that it is as the others. */
const PRIOR_CLAIMS = 400;

/** What one outcome leaves of those before: a suggestion counts half after seven hundred others. */
const KEPT_SHARE = 0.999;

/**
 * Of what is claimed, what a typist takes who takes all that is right: among many texts those are chosen that look better than they are. Measured in
 * replay; the costs of the gate are chosen with it.
 */
const USUAL_SHARE = 0.87;

/** However somebody writes, suggestions neither stop nor pour. */
const LEAST_SHARE = 0.6;
const MOST_SHARE = 1.25;

/** Languages that are remembered apart. */
const MAX_LANGUAGES = 40;

/**
 * Learns slowly how far this user's accepts bear out the probabilities that suggestions are shown with: of what was claimed, the share that was taken,
 * for all languages together and, as there is more of it, for each, against what is usual. With few outcomes it stays near 1, as an average with
 * `PRIOR_CLAIMS` that came true as usual would.
 */
export class AcceptanceMemory {
  #all: AcceptanceTally;
  /** The one last met comes last. */
  readonly #languages: Map<string, AcceptanceTally>;

  public constructor({ all, languages }: AcceptanceRecord = NO_ACCEPTANCE) {
    this.#all = all;
    this.#languages = new Map(Object.entries(languages));
  }

  /** What is to be kept. */
  public get record(): AcceptanceRecord {
    return { all: this.#all, languages: Object.fromEntries(this.#languages) };
  }

  /** Learns what became of a suggestion. @param probability that it was shown with, in (0, 1] */
  public learn(languageId: string, { probability, isAccepted }: AcceptanceOutcome): void {
    const outcome = { probability, isAccepted };
    this.#all = after(this.#all, outcome);
    const known = this.#languages.get(languageId) ?? { claimed: 0, accepted: 0 };
    this.#languages.delete(languageId);
    this.#languages.set(languageId, after(known, outcome));
    for (const oldest of this.#languages.keys()) {
      if (this.#languages.size <= MAX_LANGUAGES) {
        break;
      }
      this.#languages.delete(oldest);
    }
  }

  /** How much more or less of what suggestions in a language claim is to be believed than is usual; 1 where nothing is known. */
  public share(languageId: string): number {
    const common = shareOf(this.#all, USUAL_SHARE);
    const known = this.#languages.get(languageId);
    const share = (known === undefined ? common : shareOf(known, common)) / USUAL_SHARE;
    return Math.min(MOST_SHARE, Math.max(LEAST_SHARE, share));
  }

  public clear(): void {
    this.#all = NO_ACCEPTANCE.all;
    this.#languages.clear();
  }
}

export interface AcceptanceOutcome {
  readonly probability: number;
  readonly isAccepted: boolean;
}

/** A record that something else kept, as far as it is one. */
export function readAcceptance(kept: unknown): AcceptanceRecord {
  if (typeof kept !== "object" || kept === null) {
    return NO_ACCEPTANCE;
  }
  const { all, languages } = kept as { readonly all?: unknown; readonly languages?: unknown };
  const entries = typeof languages === "object" && languages !== null ? Object.entries(languages) : [];
  return {
    all: readTally(all) ?? NO_ACCEPTANCE.all,
    languages: Object.fromEntries(
      entries.slice(-MAX_LANGUAGES).flatMap(([language, value]: readonly [string, unknown]) => {
        const tally = readTally(value);
        return tally === undefined ? [] : [[language, tally] as const];
      }),
    ),
  };
}

function readTally(kept: unknown): AcceptanceTally | undefined {
  if (typeof kept !== "object" || kept === null) {
    return undefined;
  }
  const { claimed, accepted } = kept as { readonly claimed?: unknown; readonly accepted?: unknown };
  return isAmount(claimed) && isAmount(accepted) ? { claimed, accepted } : undefined;
}

/** Sums that decay by `KEPT_SHARE` stay below this. */
const MOST_SUM = 1 / (1 - KEPT_SHARE) + 1;

function isAmount(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MOST_SUM;
}

function after(
  { claimed, accepted }: AcceptanceTally,
  { probability, isAccepted }: AcceptanceOutcome,
): AcceptanceTally {
  return { claimed: claimed * KEPT_SHARE + probability, accepted: accepted * KEPT_SHARE + (isAccepted ? 1 : 0) };
}

function shareOf({ claimed, accepted }: AcceptanceTally, prior: number): number {
  return (accepted + PRIOR_CLAIMS * prior) / (claimed + PRIOR_CLAIMS);
}

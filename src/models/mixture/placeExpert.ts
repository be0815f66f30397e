import { SuccessorTally } from "../counting/successorTally.ts";
import type { TokenHistory } from "../counting/tokenHistory.ts";
import type { Evidence, Finding } from "./evidence.ts";
import type { TrustScope, TrustTable } from "./trustTable.ts";

/** Somewhere that followers of contexts are counted, in some ways of comparing those. */
export interface FollowerSource {
  /** Ways of comparing. */
  readonly kindCount: number;
  /** Looks for contexts like the one behind a history. */
  look(history: TokenHistory | null): void;
  /** Adds to `tally` what followed those that are alike in one way, in [0, kindCount). */
  tally(kind: number, tally: SuccessorTally): void;
}

/**
 * What followed places like this one in the text that is being read or in the files near it: contexts with gaps, words whatever stands between them, how
 * lines begin, what stands above, what a bracket belongs to; and what followed the same last tokens in those files and in what was written lately. Such contexts are what the
 * compressors of the PAQ family (Mahoney 2005) have beside those of the last few symbols. Each takes a share from what the nested counts say, as far as places like it were to be trusted before.
 */
export class PlaceExpert {
  readonly #places: FollowerSource;
  readonly #trust: TrustTable;
  readonly #scope: TrustScope;
  readonly #tally: SuccessorTally;
  readonly #found: { readonly finding: Finding; readonly trust: number }[] = [];

  public constructor(
    places: FollowerSource,
    {
      vocabularySize,
      trust,
      scope,
    }: { readonly vocabularySize: number; readonly trust: TrustTable; readonly scope: TrustScope },
  ) {
    this.#places = places;
    this.#trust = trust;
    this.#scope = scope;
    this.#tally = new SuccessorTally(vocabularySize);
  }

  /**
   * Adds what is known of places like the one behind a history.
   * @param counted probabilities [V] that the shares are taken from
   */
  public addEvidence(history: TokenHistory | null, counted: Float64Array, evidence: Evidence): void {
    const tally = this.#tally;
    this.#found.length = 0;
    this.#places.look(history);
    for (let kind = 0; kind < this.#places.kindCount; kind++) {
      tally.clear();
      this.#places.tally(kind, tally);
      if (tally.size === 0) {
        continue;
      }
      let total = 0;
      for (let index = 0; index < tally.size; index++) {
        total += tally.count(tally.token(index));
      }
      const cell = this.#trust.cellOf(this.#scope, { depth: kind, total, types: tally.size });
      const trust = this.#trust.trust(cell);
      const odds = trust / ((1 - trust) * total);
      for (let index = 0; index < tally.size; index++) {
        const token = tally.token(index);
        evidence.add(token, Math.log1p((odds * tally.count(token)) / (counted[token] as number)));
      }
      evidence.close(cell);
      this.#found.push({ finding: evidence.findings.at(-1) as Finding, trust });
    }
  }

  /** The probability of a token by what each of these makes of the counts, on average. */
  public probability(
    token: number,
    { counted, evidence }: { readonly counted: number; readonly evidence: Evidence },
  ): number {
    const sum = this.#found.reduce(
      (total, { finding, trust }) => total + (1 - trust) * counted * Math.exp(evidence.ratioOf(finding, token)),
      0,
    );
    return this.#found.length === 0 ? counted : sum / this.#found.length;
  }

  /** Learns how far to trust such places from the token that came. */
  public learn(token: number, evidence: Evidence): void {
    for (const { finding } of this.#found) {
      // Of the probability that the counts and this context give it together, the part that is the context's.
      const settled = -Math.expm1(-evidence.ratioOf(finding, token));
      this.#trust.learn(finding.cell, { reach: 1, settled });
    }
  }
}

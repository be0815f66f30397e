import { ContextCounts, unigramLevel } from "../counting/contextCounts.ts";
import type { LocalCounts } from "../counting/localCounts.ts";
import type { SuccessorTally } from "../counting/successorTally.ts";
import { readHistory, type TokenHistory } from "../counting/tokenHistory.ts";
import type { FollowerSource } from "./placeExpert.ts";

/** Local counts as a source of followers: contexts are alike in their last tokens, in none to all that are counted. */
export class ContextSource implements FollowerSource {
  public readonly kindCount: number;
  readonly #local: LocalCounts;
  readonly #found: ContextCounts;
  readonly #recent: Int32Array;

  public constructor(local: LocalCounts) {
    this.#local = local;
    this.kindCount = local.maxDepth + 1;
    this.#found = new ContextCounts(unigramLevel(new Uint32Array(local.vocabularySize)));
    this.#recent = new Int32Array(local.maxDepth);
  }

  public look(history: TokenHistory | null): void {
    this.#found.clear(this.#found.unigrams, 0);
    const length = readHistory(history, this.#recent);
    this.#local.collect({ recent: this.#recent, length }, this.#found);
  }

  /** @param depth tokens in which they are alike */
  public tally(depth: number, tally: SuccessorTally): void {
    const { levels, tokens, counts } = this.#found;
    const level = levels.find((one) => one.depth === depth);
    for (let entry = level?.from ?? 0; entry < (level?.to ?? 0); entry++) {
      tally.add(tokens[entry] as number, counts[entry] as number);
    }
  }
}

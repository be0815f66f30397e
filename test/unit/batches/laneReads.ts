import type { LaneBatch } from "../../../src/batches/laneBatches.ts";
import { naiveMatch } from "../tokens/naiveMatch.ts";
import type { TokenStream } from "../../../src/batches/tokenStream.ts";

/** One token read, and the one to be predicted from it. */
export interface Read {
  readonly input: number;
  readonly target: number;
  readonly isReset: boolean;
  /** What the input suggests; absent where nobody asked. */
  readonly match?: number;
}

/** What each lane reads over consecutive batches, padding left out. */
export function laneReads(batches: readonly LaneBatch[]): Read[][] {
  const lanes: Read[][] = Array.from({ length: batches[0]?.laneCount ?? 0 }, () => []);
  for (const { inputs, targets, weights, resets, matches, windowTokens } of batches) {
    weights.forEach((weight, cell) => {
      if (weight === 1) {
        const read = { input: inputs[cell]!, target: targets[cell]!, isReset: resets[cell] === 1 };
        const match = matches?.[cell];
        lanes[Math.floor(cell / windowTokens)]!.push(match === undefined ? read : { ...read, match });
      }
    });
  }
  return lanes;
}

/** Every pair of neighbours within the documents of a stream, as `input>target`. */
export function documentPairs(stream: TokenStream): string[] {
  const pairs: string[] = [];
  stream.tokens.forEach((token, index) => {
    if (token !== 0) {
      pairs.push(`${stream.tokens[index - 1]!}>${token}`);
    }
  });
  return pairs;
}

/** The same with what each input suggests, as `input>target code`, worked out by looking everywhere. */
export function documentMatchLines(stream: TokenStream): string[] {
  const lines: string[] = [];
  let start = 0;
  stream.tokens.forEach((token, index) => {
    if (token === 0) {
      start = index;
      return;
    }
    const { token: suggested, rank } = naiveMatch([...stream.tokens.subarray(start, index)]);
    lines.push(`${stream.tokens[index - 1]!}>${token} ${8 * suggested + rank}`);
  });
  return lines;
}

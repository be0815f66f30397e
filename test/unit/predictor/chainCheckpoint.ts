import type { Checkpoint } from "../../../src/checkpoints/checkpoint.ts";
import { type NetworkSpec, parameterShapes } from "../../../src/models/neural/networkSpec.ts";
import type { SerializedPiece } from "../../../src/tokens/vocabulary.ts";

/**
 * A checkpoint whose network knows which character follows which, and nothing else: each is followed by the next of the chain it is in
 * with probability of about 0.98, and START by the first character of the first chain.
 *
 * Embeddings are one-hot (times `STRENGTH`), the input gate is open and the forget gate shut, so h is the one-hot of what comes next.
 * @param chains texts of characters that occur once in all of them, but for a last one that leads back to where it stands
 */
export function chainCheckpoint(chains: readonly string[], step = 1): Checkpoint {
  const pieces: SerializedPiece[] = [
    { mark: "start" },
    { mark: "end" },
    { mark: "unknown" },
    ...Array.from(new Set(chains.join("")), (text) => ({ text })),
  ];
  const idOf = (character: string): number => pieces.findIndex((piece) => "text" in piece && piece.text === character);
  const V = pieces.length;
  const spec: NetworkSpec = { cell: "lstm", vocabularySize: V, hiddenSize: V, layerCount: 1 };
  const weights = new Map(
    parameterShapes(spec).map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
  );
  const parameter = (name: string): Float32Array => weights.get(name) ?? new Float32Array(0);
  for (let id = 0; id < V; id++) {
    parameter("embedding")[id * V + id] = STRENGTH;
    parameter("lstm/0/bias")[id] = OPEN; // input gate
    parameter("lstm/0/bias")[2 * V + id] = -OPEN; // forget gate
    parameter("lstm/0/bias")[3 * V + id] = OPEN; // output gate
  }
  const follow = (id: number, next: number): void => {
    parameter("lstm/0/inputKernel")[id * 4 * V + V + next] = OPEN;
  };
  follow(0, 3);
  for (const chain of chains) {
    const ids = Array.from(chain, idOf);
    for (const [place, next] of ids.slice(1).entries()) {
      follow(ids[place]!, next);
    }
  }
  return {
    spec,
    vocabulary: { kind: "char", pieces, merges: [] },
    weights,
    progress: {
      step,
      epoch: 1,
      trainedTokens: 1,
      elapsedSeconds: 1,
      validation: { tokens: 10, bytes: 20, nats: 10 },
      sample: null,
    },
    origin: { seed: 1, corpusFingerprint: "f", options: {}, backend: "portable", device: "cpu", createdEpochMs: 0 },
    trainingPaths: [],
    validationPaths: [],
    gate: null,
  };
}

const STRENGTH = 10;
const OPEN = 20;

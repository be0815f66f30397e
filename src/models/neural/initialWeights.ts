import type { Rng } from "../../base/rng.ts";
import { unigramBias } from "./unigramBias.ts";
import { MATCH_BIAS, parameterShapes, type NetworkSpec, type WeightMap } from "./networkSpec.ts";

/** What the embedding of a suggested token is multiplied by at first: about what is learnt for it; 0 and 0.6 learn as well (`docs/benchmarks.md`). */
const MATCH_SHARE = 0.25;

/**
 * Weights to begin with, reproducible from the stream.
 * Kernels of layers uniform in ±1/√H as in PyTorch's LSTM; embeddings normal with deviation 0.1·√(128/H), small because they are
 * the softmax weights too; biases 0, but 1 for the forget gate, so that early on memories last
 * (Gers et al. 2000; Jozefowicz et al. 2015), `unigramBias` for the softmax where it is known what it shall learn, and for matches what
 * makes their suggestions a little likelier, in all states alike.
 * @param counts [V]: how often each token is to be predicted; null where that is not known
 */
export function initialWeights(spec: NetworkSpec, rng: Rng, counts: ArrayLike<number> | null = null): WeightMap {
  const H = spec.hiddenSize;
  const weights = new Map<string, Float32Array>();
  for (const { name, shape } of parameterShapes(spec)) {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (name.endsWith("Kernel")) {
      const bound = 1 / Math.sqrt(H);
      values.forEach((_, index) => (values[index] = (2 * rng.next() - 1) * bound));
    } else if (name === "embedding") {
      const deviation = 0.1 * Math.sqrt(128 / H);
      values.forEach((_, index) => (values[index] = normal(rng) * deviation));
    } else if (name.startsWith("lstm/")) {
      values.fill(1, 2 * H, 3 * H);
    } else if (name === MATCH_BIAS) {
      values.fill(MATCH_SHARE * Math.sqrt(H));
    } else if (name === "softmax/bias" && counts !== null) {
      values.set(unigramBias(counts));
    }
    weights.set(name, values);
  }
  return weights;
}

/** A standard normal number (Box and Muller 1958). */
function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
}

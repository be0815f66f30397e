/**
 * A next-token model as a pure step: state in, distribution and state out.
 * `S` is what the model carries from token to token; it is immutable to callers and may be kept and shared.
 */
export interface LanguageModel<S> {
  /** V: number of token ids. */
  readonly vocabularySize: number;
  /** The state before anything was read. */
  initialState(): S;
  /** The state after reading `token`, in [0, V); `state` stays valid. */
  advance(state: S, token: number): S;
  /**
   * Natural-log probabilities of every next token.
   * @param out float32 [V]; overwritten; exponentials sum to 1 ± 1e-6
   */
  logProbabilities(state: S, out: Float32Array): void;
}

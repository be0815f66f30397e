/**
 * A next-token model as a pure step: state in, distribution and state out.
 * `S` is what the model carries from token to token; it is immutable to callers and may be kept and shared.
 */
export interface LanguageModel<S> {
  /** V: number of token ids. */
  readonly vocabularySize: number;
  /**
   * The state before anything was read.
   * @param before tokens that stand before that and are not read; a model may take names and such from them. None where it is absent.
   */
  initialState(before?: readonly number[]): S;
  /** The state after reading `token`, in [0, V); `state` stays valid. */
  advance(state: S, token: number): S;
  /**
   * Natural-log probabilities of every next token.
   * @param out float32 [V]; overwritten; exponentials sum to 1 ± 1e-6
   */
  logProbabilities(state: S, out: Float32Array): void;
}

/** A language model that serves several states for little more than the price of one: what beams and covers run on. */
export interface BatchLanguageModel<S> extends LanguageModel<S> {
  /**
   * The states after reading `tokens[b]` in `states[b]`; all `states` stay valid.
   * @param tokens [B], each in [0, V)
   */
  advanceAll(states: readonly S[], tokens: readonly number[]): readonly S[];
  /**
   * Natural-log probabilities of every next token for each state.
   * @param out B × float32 [V]; overwritten
   */
  logProbabilitiesAll(states: readonly S[], out: readonly Float32Array[]): void;
}

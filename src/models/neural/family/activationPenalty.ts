import * as tf from "@tensorflow/tfjs-core";

export interface ActivationPenalties {
  /** α */
  readonly activation: number;
  /** β */
  readonly temporalActivation: number;
}

/**
 * Activation and temporal activation regularisation (Merity, McCann and Socher 2017; Merity et al. 2018, section 4.5), as their code has it:
 * α · mean(m ⊙ hₜ)² + β · mean(hₜ − hₜ₋₁)² over the last layer's outputs.
 * @param dropped the outputs after dropout, [T, B, H]
 * @param raw     the outputs before, [T, B, H]
 * @returns a scalar to be added to the mean loss; null where both weights are 0
 */
export function activationPenalty(
  { dropped, raw }: { readonly dropped: tf.Tensor3D; readonly raw: tf.Tensor3D },
  { activation, temporalActivation }: ActivationPenalties,
): tf.Scalar | null {
  const [T, B, H] = raw.shape;
  const parts: tf.Scalar[] = [];
  if (activation > 0) {
    parts.push(tf.mul(tf.mean(tf.square(dropped)), activation));
  }
  if (temporalActivation > 0 && T > 1) {
    const change = tf.sub(tf.slice(raw, [1, 0, 0], [T - 1, B, H]), tf.slice(raw, [0, 0, 0], [T - 1, B, H]));
    parts.push(tf.mul(tf.mean(tf.square(change)), temporalActivation));
  }
  return parts.length === 0 ? null : parts.reduce((sum, part) => tf.add(sum, part));
}

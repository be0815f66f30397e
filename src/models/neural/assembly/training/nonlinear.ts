import { multiplyAdd } from "../elementary";

/**
 * tanh as the quotient of polynomials of degree 13 and 6: the coefficients that Eigen uses, fitted over ±7.9, beyond which
 * float32 knows no difference from ±1. Not-a-number stays. (The decoder's, by way of eˣ, is off by more where x is small.)
 */
export function hyperbolicTangent(x: v128): v128 {
  const a = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-7.90531110763549805)), f32x4.splat(7.90531110763549805));
  const s = f32x4.mul(a, a);
  let p = multiplyAdd(s, f32x4.splat(-2.76076847742355e-16), f32x4.splat(2.00018790482477e-13));
  p = multiplyAdd(p, s, f32x4.splat(-8.60467152213735e-11));
  p = multiplyAdd(p, s, f32x4.splat(5.12229709037114e-8));
  p = multiplyAdd(p, s, f32x4.splat(1.48572235717979e-5));
  p = multiplyAdd(p, s, f32x4.splat(6.37261928875436e-4));
  p = multiplyAdd(p, s, f32x4.splat(4.89352455891786e-3));
  let q = multiplyAdd(s, f32x4.splat(1.19825839466702e-6), f32x4.splat(1.18534705686654e-4));
  q = multiplyAdd(q, s, f32x4.splat(2.268434632439e-3));
  q = multiplyAdd(q, s, f32x4.splat(4.89352518554385e-3));
  return f32x4.div(f32x4.mul(a, p), q);
}

/** 1 / (1 + e⁻ˣ) = ½ tanh(x / 2) + ½ */
export function logistic(x: v128): v128 {
  const half = f32x4.splat(0.5);
  return multiplyAdd(hyperbolicTangent(f32x4.mul(x, half)), half, half);
}

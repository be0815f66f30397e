import { loadSome, storeSome } from "./partialVectors";
import { beginOfPart } from "./parts";

/** m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← kept·θ − rate·m / (√v + ε), with g scaled first. All float32 [count]. */
export function adam(
  part: usize,
  parts: usize,
  count: usize,
  parameters: usize,
  m: usize,
  v: usize,
  gradient: usize,
  nextParameters: usize,
  nextM: usize,
  nextV: usize,
  gradientScale: f32,
  rate: f32,
  kept: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
): void {
  const end = beginOfPart(count, 16, part + 1, parts);
  for (let i = beginOfPart(count, 16, part, parts); i < end; i += 4) {
    const n = end - i;
    const at = i << 2;
    const g = f32x4.mul(loadSome(gradient + at, n), f32x4.splat(gradientScale));
    const first = f32x4.mul(loadSome(m + at, n), f32x4.splat(beta1));
    const second = f32x4.mul(loadSome(v + at, n), f32x4.splat(beta2));
    const nm = f32x4.add(first, f32x4.mul(g, f32x4.splat(1 - beta1)));
    const nv = f32x4.add(second, f32x4.mul(f32x4.mul(g, g), f32x4.splat(1 - beta2)));
    const move = f32x4.div(f32x4.mul(nm, f32x4.splat(rate)), f32x4.add(f32x4.sqrt(nv), f32x4.splat(epsilon)));
    const shrunk = f32x4.mul(loadSome(parameters + at, n), f32x4.splat(kept));
    storeSome(nextParameters + at, f32x4.sub(shrunk, move), n);
    storeSome(nextM + at, nm, n);
    storeSome(nextV + at, nv, n);
  }
}

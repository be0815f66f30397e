/**
 * The arithmetic of a recurrent network in WebAssembly SIMD. AssemblyScript, not TypeScript: compiled twice, with and without
 * relaxed SIMD. Memory is the caller's and is given as byte offsets; all sizes are padded to multiples of eight with zeros.
 */

/** Rows that lie interleaved: a group holds, column by column, one element of each of its eight rows. */
const GROUP_ROWS_SHIFT: usize = 3;

/** Groups that one lane reads side by side: four streams, and eight sums that hide the latency of their additions. */
const BLOCK_ROWS: i32 = 32;

/**
 * Adds the product with each of B vectors to its sums. Each block of rows is read from afar once, and for further lanes from near.
 * @param weights float32 [rows / 8, columns, 8]
 * @param rowCount a multiple of 32
 * @param columnCount a multiple of 8
 * @param vectors float32 [B, columns]
 * @param sums float32 [B, rows]; added to
 */
export function addProducts(
  weights: usize,
  rowCount: i32,
  columnCount: i32,
  vectors: usize,
  laneCount: i32,
  sums: usize,
): void {
  const groupBytes = (<usize>columnCount) << (GROUP_ROWS_SHIFT + 2);
  const vectorBytes = (<usize>columnCount) << 2;
  const sumsBytes = (<usize>rowCount) << 2;
  for (let row = 0; row < rowCount; row += BLOCK_ROWS) {
    const block = weights + ((<usize>row) >> GROUP_ROWS_SHIFT) * groupBytes;
    let vector = vectors;
    let sum = sums + ((<usize>row) << 2);
    let lane = 0;
    for (; lane + 4 <= laneCount; lane += 4) {
      for (let group: usize = 0; group < 4; group++) {
        addGroupToFour(block + group * groupBytes, vectorBytes, vector, sum + (group << 5), sumsBytes);
      }
      vector += 4 * vectorBytes;
      sum += 4 * sumsBytes;
    }
    if (lane + 2 <= laneCount) {
      addPairToTwo(block, vectorBytes, vector, sum, sumsBytes);
      addPairToTwo(block + 2 * groupBytes, vectorBytes, vector, sum + 64, sumsBytes);
      vector += 2 * vectorBytes;
      sum += 2 * sumsBytes;
      lane += 2;
    }
    if (lane < laneCount) {
      addBlockToOne(block, vectorBytes, vector, sum);
    }
  }
}

/** 32 rows, one lane. */
function addBlockToOne(weights: usize, vectorBytes: usize, vector: usize, sums: usize): void {
  const groupBytes = vectorBytes << 3;
  let a0 = v128.load(sums);
  let a1 = v128.load(sums, 16);
  let b0 = v128.load(sums, 32);
  let b1 = v128.load(sums, 48);
  let c0 = v128.load(sums, 64);
  let c1 = v128.load(sums, 80);
  let d0 = v128.load(sums, 96);
  let d1 = v128.load(sums, 112);
  let a = weights;
  let b = a + groupBytes;
  let c = b + groupBytes;
  let d = c + groupBytes;
  const end = vector + vectorBytes;
  for (let x = vector; x < end; x += 8) {
    let s = v128.load32_splat(x);
    a0 = multiplyAdd(v128.load(a), s, a0);
    a1 = multiplyAdd(v128.load(a, 16), s, a1);
    b0 = multiplyAdd(v128.load(b), s, b0);
    b1 = multiplyAdd(v128.load(b, 16), s, b1);
    c0 = multiplyAdd(v128.load(c), s, c0);
    c1 = multiplyAdd(v128.load(c, 16), s, c1);
    d0 = multiplyAdd(v128.load(d), s, d0);
    d1 = multiplyAdd(v128.load(d, 16), s, d1);
    s = v128.load32_splat(x, 4);
    a0 = multiplyAdd(v128.load(a, 32), s, a0);
    a1 = multiplyAdd(v128.load(a, 48), s, a1);
    b0 = multiplyAdd(v128.load(b, 32), s, b0);
    b1 = multiplyAdd(v128.load(b, 48), s, b1);
    c0 = multiplyAdd(v128.load(c, 32), s, c0);
    c1 = multiplyAdd(v128.load(c, 48), s, c1);
    d0 = multiplyAdd(v128.load(d, 32), s, d0);
    d1 = multiplyAdd(v128.load(d, 48), s, d1);
    a += 64;
    b += 64;
    c += 64;
    d += 64;
  }
  v128.store(sums, a0);
  v128.store(sums, a1, 16);
  v128.store(sums, b0, 32);
  v128.store(sums, b1, 48);
  v128.store(sums, c0, 64);
  v128.store(sums, c1, 80);
  v128.store(sums, d0, 96);
  v128.store(sums, d1, 112);
}

/** 16 rows, two lanes: x into sums p, y into sums q. */
function addPairToTwo(weights: usize, vectorBytes: usize, vectors: usize, sums: usize, sumsBytes: usize): void {
  const p = sums;
  const q = sums + sumsBytes;
  let p0 = v128.load(p);
  let p1 = v128.load(p, 16);
  let p2 = v128.load(p, 32);
  let p3 = v128.load(p, 48);
  let q0 = v128.load(q);
  let q1 = v128.load(q, 16);
  let q2 = v128.load(q, 32);
  let q3 = v128.load(q, 48);
  let a = weights;
  let b = a + (vectorBytes << 3);
  let y = vectors + vectorBytes;
  const end = y;
  for (let x = vectors; x < end; x += 4) {
    const s = v128.load32_splat(x);
    const t = v128.load32_splat(y);
    let w = v128.load(a);
    p0 = multiplyAdd(w, s, p0);
    q0 = multiplyAdd(w, t, q0);
    w = v128.load(a, 16);
    p1 = multiplyAdd(w, s, p1);
    q1 = multiplyAdd(w, t, q1);
    w = v128.load(b);
    p2 = multiplyAdd(w, s, p2);
    q2 = multiplyAdd(w, t, q2);
    w = v128.load(b, 16);
    p3 = multiplyAdd(w, s, p3);
    q3 = multiplyAdd(w, t, q3);
    y += 4;
    a += 32;
    b += 32;
  }
  v128.store(p, p0);
  v128.store(p, p1, 16);
  v128.store(p, p2, 32);
  v128.store(p, p3, 48);
  v128.store(q, q0);
  v128.store(q, q1, 16);
  v128.store(q, q2, 32);
  v128.store(q, q3, 48);
}

/** Eight rows, four lanes. */
function addGroupToFour(weights: usize, vectorBytes: usize, vectors: usize, sums: usize, sumsBytes: usize): void {
  const p = sums;
  const q = p + sumsBytes;
  const r = q + sumsBytes;
  const s = r + sumsBytes;
  let p0 = v128.load(p);
  let p1 = v128.load(p, 16);
  let q0 = v128.load(q);
  let q1 = v128.load(q, 16);
  let r0 = v128.load(r);
  let r1 = v128.load(r, 16);
  let s0 = v128.load(s);
  let s1 = v128.load(s, 16);
  let a = weights;
  const second = vectorBytes;
  const third = second + vectorBytes;
  const fourth = third + vectorBytes;
  const end = vectors + vectorBytes;
  for (let x = vectors; x < end; x += 4) {
    const w0 = v128.load(a);
    const w1 = v128.load(a, 16);
    let e = v128.load32_splat(x);
    p0 = multiplyAdd(w0, e, p0);
    p1 = multiplyAdd(w1, e, p1);
    e = v128.load32_splat(x + second);
    q0 = multiplyAdd(w0, e, q0);
    q1 = multiplyAdd(w1, e, q1);
    e = v128.load32_splat(x + third);
    r0 = multiplyAdd(w0, e, r0);
    r1 = multiplyAdd(w1, e, r1);
    e = v128.load32_splat(x + fourth);
    s0 = multiplyAdd(w0, e, s0);
    s1 = multiplyAdd(w1, e, s1);
    a += 32;
  }
  v128.store(p, p0);
  v128.store(p, p1, 16);
  v128.store(q, q0);
  v128.store(q, q1, 16);
  v128.store(r, r0);
  v128.store(r, r1, 16);
  v128.store(s, s0);
  v128.store(s, s1, 16);
}

/**
 * One LSTM cell for each of B lanes: c = σ(f)·c₋₁ + σ(i)·tanh(g), h = σ(o)·tanh(c).
 * @param gates float32 [B, 4H] in the order i, g, f, o
 * @param cells float32 [B, H]; c₋₁ becomes c
 * @param hiddens float32 [B, H]; h, overwritten
 * @param size H, a multiple of 8
 */
export function applyCells(gates: usize, cells: usize, hiddens: usize, size: i32, laneCount: i32): void {
  const bytes = (<usize>size) << 2;
  for (let lane = 0; lane < laneCount; lane++) {
    for (let n: usize = 0; n < bytes; n += 16) {
      const gate = gates + n;
      const i = sigmoid(v128.load(gate));
      const g = tanh(v128.load(gate + bytes));
      const f = sigmoid(v128.load(gate + 2 * bytes));
      const o = sigmoid(v128.load(gate + 3 * bytes));
      const c = f32x4.add(f32x4.mul(f, v128.load(cells + n)), f32x4.mul(i, g));
      v128.store(cells + n, c);
      v128.store(hiddens + n, f32x4.mul(o, tanh(c)));
    }
    gates += 4 * bytes;
    cells += bytes;
    hiddens += bytes;
  }
}

/**
 * log softmax(x)_v = x_v − max x − log Σ exp(x − max x), in place and summed in float64.
 * @param logits float32 [B, V]
 * @param size V, a multiple of 8; what only fills it up is so low that its share vanishes
 */
export function logSoftmax(logits: usize, size: i32, laneCount: i32): void {
  const bytes = (<usize>size) << 2;
  for (let lane = 0; lane < laneCount; lane++) {
    const end = logits + bytes;
    let greatest = v128.load(logits);
    for (let x = logits; x < end; x += 16) {
      greatest = f32x4.max(greatest, v128.load(x));
    }
    greatest = f32x4.max(greatest, i32x4.shuffle(greatest, greatest, 2, 3, 0, 1));
    greatest = f32x4.max(greatest, i32x4.shuffle(greatest, greatest, 1, 0, 3, 2));
    let sums = f64x2.splat(0);
    for (let x = logits; x < end; x += 16) {
      const e = exp(f32x4.sub(v128.load(x), greatest));
      sums = f64x2.add(sums, f64x2.promote_low_f32x4(e));
      sums = f64x2.add(sums, f64x2.promote_low_f32x4(i32x4.shuffle(e, e, 2, 3, 0, 1)));
    }
    const logSum = Math.log(f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1));
    // In float32 the sum of both would be off by up to 1e-6 in every probability alike. Their difference to a logit near the
    // greatest is exact, so the logarithm is what is subtracted last.
    const rest = f32x4.splat(<f32>logSum);
    for (let x = logits; x < end; x += 16) {
      v128.store(x, f32x4.sub(f32x4.sub(v128.load(x), greatest), rest));
    }
    logits = end;
  }
}

/** a · b + c; rounded once where the machine can, and so the same only on the same machine. */
function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** 1 / (1 + e⁻ˣ), to 1e-7. */
function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

/** tanh x = 1 − 2 / (1 + e²ˣ), to 2e-7. */
function tanh(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(one, exp(f32x4.add(x, x)))));
}

/**
 * eˣ = 2ⁿ · eʳ, n the integer nearest to x / ln 2, with a relative error of 2e-7; beyond ±87 what is expected at ±87. Constants and the
 * polynomial for eʳ, |r| ≤ ln 2 / 2, are those of `expf` in Cephes (Moshier 1989).
 */
function exp(x: v128): v128 {
  // In this order of the arguments NaN stays NaN.
  x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87)), f32x4.splat(87));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  // ln 2 in two parts, the first short enough for an exact product.
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = multiplyAdd(r, f32x4.splat(1.9875691500e-4), f32x4.splat(1.3981999507e-3));
  p = multiplyAdd(p, r, f32x4.splat(8.3334519073e-3));
  p = multiplyAdd(p, r, f32x4.splat(4.1665795894e-2));
  p = multiplyAdd(p, r, f32x4.splat(1.6666665459e-1));
  p = multiplyAdd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(multiplyAdd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

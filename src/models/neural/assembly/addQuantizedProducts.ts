/** Bytes of a group's two columns: eight rows of two weights. */
const PAIR_BYTES: usize = 16;

/** Rows that one lane reads side by side, in four streams. */
const BLOCK_ROWS: i32 = 32;

/**
 * Adds the product with each of B vectors to its sums, for weights of 8 and vectors of 16 bits. Weights are widened to 16 bits as they are read and
 * multiplied in pairs; 32 bits hold the sum exactly, so a lane's result does not depend on what lies beside it.
 * The relaxed dot product of 8 by 7 bits is not used: it would round vectors to 7 bits, or take two passes over the weights, and without
 * instructions that few machines have those are no quicker.
 * @param weights int8 [rows / 8, columns / 2, 8, 2]
 * @param scales float32 [rows]
 * @param rowCount a multiple of 32
 * @param columnCount a multiple of 8
 * @param vectors int16 [B, columns]
 * @param vectorScales float32 [B]
 * @param sums float32, lane after lane `stride` apart; added to
 */
export function addQuantizedProducts(
  weights: usize,
  scales: usize,
  rowCount: i32,
  columnCount: i32,
  vectors: usize,
  vectorScales: usize,
  laneCount: i32,
  sums: usize,
  stride: i32,
): void {
  const groupBytes = (<usize>columnCount) << 3;
  const vectorBytes = (<usize>columnCount) << 1;
  const sumsBytes = (<usize>stride) << 2;
  for (let row = 0; row < rowCount; row += BLOCK_ROWS) {
    const block = weights + <usize>(row >> 3) * groupBytes;
    const offset = (<usize>row) << 2;
    let vector = vectors;
    let scale = vectorScales;
    let sum = sums + offset;
    let lane = 0;
    for (; lane + 4 <= laneCount; lane += 4) {
      for (let group: usize = 0; group < 4; group++) {
        addGroupToFour(
          block + group * groupBytes,
          scales + offset + (group << 5),
          vectorBytes,
          vector,
          scale,
          sum + (group << 5),
          sumsBytes,
        );
      }
      vector += 4 * vectorBytes;
      scale += 16;
      sum += 4 * sumsBytes;
    }
    if (lane + 2 <= laneCount) {
      addPairToTwo(block, scales + offset, vectorBytes, vector, scale, sum, sumsBytes);
      addPairToTwo(block + 2 * groupBytes, scales + offset + 64, vectorBytes, vector, scale, sum + 64, sumsBytes);
      vector += 2 * vectorBytes;
      scale += 8;
      sum += 2 * sumsBytes;
      lane += 2;
    }
    if (lane < laneCount) {
      addBlockToOne(block, scales + offset, vectorBytes, vector, scale, sum);
    }
  }
}

/** Four sums of integers, as what they stand for, to four sums of floats. */
function addScaled(sums: usize, integers: v128, scales: usize, scale: v128): void {
  const factor = f32x4.mul(v128.load(scales), scale);
  v128.store(sums, f32x4.add(v128.load(sums), f32x4.mul(f32x4.convert_i32x4_s(integers), factor)));
}

/** Four rows of two weights times two elements of a vector, added to four sums. */
function multiplyAdd(weights: v128, pair: v128, sums: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(weights, pair), sums);
}

/** 32 rows, one lane. */
function addBlockToOne(
  weights: usize,
  scales: usize,
  vectorBytes: usize,
  vector: usize,
  vectorScale: usize,
  sums: usize,
): void {
  const groupBytes = vectorBytes << 2;
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  let a = weights;
  let b = a + groupBytes;
  let c = b + groupBytes;
  let d = c + groupBytes;
  const end = vector + vectorBytes;
  for (let x = vector; x < end; x += 8) {
    let s = v128.load32_splat(x);
    a0 = multiplyAdd(v128.load8x8_s(a), s, a0);
    a1 = multiplyAdd(v128.load8x8_s(a, 8), s, a1);
    b0 = multiplyAdd(v128.load8x8_s(b), s, b0);
    b1 = multiplyAdd(v128.load8x8_s(b, 8), s, b1);
    c0 = multiplyAdd(v128.load8x8_s(c), s, c0);
    c1 = multiplyAdd(v128.load8x8_s(c, 8), s, c1);
    d0 = multiplyAdd(v128.load8x8_s(d), s, d0);
    d1 = multiplyAdd(v128.load8x8_s(d, 8), s, d1);
    s = v128.load32_splat(x, 4);
    a0 = multiplyAdd(v128.load8x8_s(a, 16), s, a0);
    a1 = multiplyAdd(v128.load8x8_s(a, 24), s, a1);
    b0 = multiplyAdd(v128.load8x8_s(b, 16), s, b0);
    b1 = multiplyAdd(v128.load8x8_s(b, 24), s, b1);
    c0 = multiplyAdd(v128.load8x8_s(c, 16), s, c0);
    c1 = multiplyAdd(v128.load8x8_s(c, 24), s, c1);
    d0 = multiplyAdd(v128.load8x8_s(d, 16), s, d0);
    d1 = multiplyAdd(v128.load8x8_s(d, 24), s, d1);
    a += 2 * PAIR_BYTES;
    b += 2 * PAIR_BYTES;
    c += 2 * PAIR_BYTES;
    d += 2 * PAIR_BYTES;
  }
  const scale = v128.load32_splat(vectorScale);
  addScaled(sums, a0, scales, scale);
  addScaled(sums + 16, a1, scales + 16, scale);
  addScaled(sums + 32, b0, scales + 32, scale);
  addScaled(sums + 48, b1, scales + 48, scale);
  addScaled(sums + 64, c0, scales + 64, scale);
  addScaled(sums + 80, c1, scales + 80, scale);
  addScaled(sums + 96, d0, scales + 96, scale);
  addScaled(sums + 112, d1, scales + 112, scale);
}

/** 16 rows, two lanes: x into sums p, y into sums q. */
function addPairToTwo(
  weights: usize,
  scales: usize,
  vectorBytes: usize,
  vectors: usize,
  vectorScales: usize,
  sums: usize,
  sumsBytes: usize,
): void {
  let p0 = i32x4.splat(0);
  let p1 = p0;
  let p2 = p0;
  let p3 = p0;
  let q0 = p0;
  let q1 = p0;
  let q2 = p0;
  let q3 = p0;
  let a = weights;
  let b = a + (vectorBytes << 2);
  let y = vectors + vectorBytes;
  const end = y;
  for (let x = vectors; x < end; x += 4) {
    const s = v128.load32_splat(x);
    const t = v128.load32_splat(y);
    let w = v128.load8x8_s(a);
    p0 = multiplyAdd(w, s, p0);
    q0 = multiplyAdd(w, t, q0);
    w = v128.load8x8_s(a, 8);
    p1 = multiplyAdd(w, s, p1);
    q1 = multiplyAdd(w, t, q1);
    w = v128.load8x8_s(b);
    p2 = multiplyAdd(w, s, p2);
    q2 = multiplyAdd(w, t, q2);
    w = v128.load8x8_s(b, 8);
    p3 = multiplyAdd(w, s, p3);
    q3 = multiplyAdd(w, t, q3);
    y += 4;
    a += PAIR_BYTES;
    b += PAIR_BYTES;
  }
  let scale = v128.load32_splat(vectorScales);
  addScaled(sums, p0, scales, scale);
  addScaled(sums + 16, p1, scales + 16, scale);
  addScaled(sums + 32, p2, scales + 32, scale);
  addScaled(sums + 48, p3, scales + 48, scale);
  scale = v128.load32_splat(vectorScales, 4);
  sums += sumsBytes;
  addScaled(sums, q0, scales, scale);
  addScaled(sums + 16, q1, scales + 16, scale);
  addScaled(sums + 32, q2, scales + 32, scale);
  addScaled(sums + 48, q3, scales + 48, scale);
}

/** Eight rows, four lanes. */
function addGroupToFour(
  weights: usize,
  scales: usize,
  vectorBytes: usize,
  vectors: usize,
  vectorScales: usize,
  sums: usize,
  sumsBytes: usize,
): void {
  let p0 = i32x4.splat(0);
  let p1 = p0;
  let q0 = p0;
  let q1 = p0;
  let r0 = p0;
  let r1 = p0;
  let s0 = p0;
  let s1 = p0;
  let a = weights;
  const second = vectorBytes;
  const third = second + vectorBytes;
  const fourth = third + vectorBytes;
  const end = vectors + vectorBytes;
  for (let x = vectors; x < end; x += 4) {
    const w0 = v128.load8x8_s(a);
    const w1 = v128.load8x8_s(a, 8);
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
    a += PAIR_BYTES;
  }
  let scale = v128.load32_splat(vectorScales);
  addScaled(sums, p0, scales, scale);
  addScaled(sums + 16, p1, scales + 16, scale);
  sums += sumsBytes;
  scale = v128.load32_splat(vectorScales, 4);
  addScaled(sums, q0, scales, scale);
  addScaled(sums + 16, q1, scales + 16, scale);
  sums += sumsBytes;
  scale = v128.load32_splat(vectorScales, 8);
  addScaled(sums, r0, scales, scale);
  addScaled(sums + 16, r1, scales + 16, scale);
  sums += sumsBytes;
  scale = v128.load32_splat(vectorScales, 12);
  addScaled(sums, s0, scales, scale);
  addScaled(sums + 16, s1, scales + 16, scale);
}

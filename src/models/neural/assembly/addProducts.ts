import { multiplyAdd } from "./elementary";

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
 * @param sums float32, lane after lane `stride` apart; added to
 */
export function addProducts(
  weights: usize,
  rowCount: i32,
  columnCount: i32,
  vectors: usize,
  laneCount: i32,
  sums: usize,
  stride: i32,
): void {
  const groupBytes = (<usize>columnCount) << (GROUP_ROWS_SHIFT + 2);
  const vectorBytes = (<usize>columnCount) << 2;
  const sumsBytes = (<usize>stride) << 2;
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

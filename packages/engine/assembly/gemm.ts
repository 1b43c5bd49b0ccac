import { address, int, least, takeTask } from "./layout";
import { madd, storeTransposed } from "./vector";
import { epilogue } from "./elementwise";

/** Numbers of the inner axis that are multiplied at a time: a panel of 8 columns then fits the first cache. */
const DEPTH: i32 = 512;
/** Numbers of the inner axis of which A is packed at a time: a task's part of it must fit the scratch. */
const LONGEST: i32 = 4096;

/** Where a 4x8 block goes that sticks out of the result; 128 bytes per thread at the start of its scratch. */
// @ts-ignore: decorator
@inline
function storeRow(c: usize, lo: v128, hi: v128, more: bool): void {
  if (more) {
    lo = f32x4.add(lo, v128.load(c));
    hi = f32x4.add(hi, v128.load(c, 16));
  }
  v128.store(c, lo);
  v128.store(c, hi, 16);
}

// @ts-ignore: decorator
@inline
function storePart(c: usize, lo: v128, hi: v128, more: bool, n: i32, spill: usize): void {
  v128.store(spill, lo);
  v128.store(spill, hi, 16);
  for (let j = 0; j < n; j++) {
    const at = (<usize>j) << 2;
    const v = load<f32>(spill + at);
    store<f32>(c + at, more ? load<f32>(c + at) + v : v);
  }
}

/**
 * C[m x n] (+)= A[m x k] B[k x n] for m <= 4, n <= 8. A is a panel: its four rows' numbers lie side by side, and those of the
 * next k `step` bytes on. B is a panel [k][8].
 */
function micro(
  k: i32, a: usize, step: usize, m: i32, b: usize, c: usize, pitch: usize, n: i32, more: bool, spill: usize,
): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let i = k >> 1;
  while (i > 0) {
    let b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00); c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10); c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20); c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30); c31 = madd(x, b1, c31);
    a += step;
    b0 = v128.load(b, 32); b1 = v128.load(b, 48);
    x = v128.load32_splat(a);
    c00 = madd(x, b0, c00); c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10); c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20); c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30); c31 = madd(x, b1, c31);
    a += step; b += 64;
    i--;
  }
  if (k & 1) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00); c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10); c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20); c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30); c31 = madd(x, b1, c31);
  }
  if (n == 8) {
    storeRow(c, c00, c01, more);
    if (m > 1) storeRow(c + pitch, c10, c11, more);
    if (m > 2) storeRow(c + 2 * pitch, c20, c21, more);
    if (m > 3) storeRow(c + 3 * pitch, c30, c31, more);
    return;
  }
  storePart(c, c00, c01, more, n, spill);
  if (m > 1) storePart(c + pitch, c10, c11, more, n, spill);
  if (m > 2) storePart(c + 2 * pitch, c20, c21, more, n, spill);
  if (m > 3) storePart(c + 3 * pitch, c30, c31, more, n, spill);
}

/**
 * C[m x n] (+)= A B, of any size; the caller keeps m so small that m·512 numbers fit the second cache.
 * @param a panels of four rows, each `aPanel` bytes, in which k goes on by `step` bytes
 * @param b panels [n / 8][k][8], each `panel` bytes
 * @param pitch bytes from one row of C to the next
 * @param spill 128 bytes of the thread's own
 */
export function multiply(
  m: i32, n: i32, k: i32, a: usize, aPanel: usize, step: usize, b: usize, panel: usize, c: usize, pitch: usize, more: bool, spill: usize,
): void {
  const parts = (k + DEPTH - 1) / DEPTH;
  const depth = parts < 2 ? k : ((k + parts - 1) / parts + 3) & ~3;
  for (let k0 = 0; k0 < k || k0 == 0; k0 += depth) {
    const deep = least(depth, k - k0);
    const add = more || k0 > 0;
    for (let j = 0; j < n; j += 8) {
      const bj = b + (<usize>(j >> 3)) * panel + ((<usize>k0) << 5);
      const wide = least(8, n - j);
      for (let i = 0; i < m; i += 4)
        micro(deep, a + (<usize>(i >> 2)) * aPanel + (<usize>k0) * step, step, least(4, m - i), bj,
          c + (<usize>i) * pitch + ((<usize>j) << 2), pitch, wide, add, spill);
    }
    if (k == 0) break;
  }
}

/** One panel [k][8] from eight columns of a row-major matrix; columns beyond n are 0. */
export function packPanel(from: usize, pitch: usize, k: i32, n: i32, to: usize): void {
  if (n >= 8) {
    for (let i = 0; i < k; i++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += pitch;
      to += 32;
    }
    return;
  }
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < 8; j++) store<f32>(to + ((<usize>j) << 2), j < n ? load<f32>(from + ((<usize>j) << 2)) : 0);
    from += pitch;
    to += 32;
  }
}

/** One panel [k][8] from eight rows of a row-major matrix, transposed. */
export function packPanelTransposed(from: usize, pitch: usize, k: i32, n: i32, to: usize): void {
  let i = 0;
  if (n >= 8) {
    for (; i + 4 <= k; i += 4) {
      for (let half = 0; half < 2; half++) {
        const row = from + (<usize>(4 * half)) * pitch;
        const r0 = v128.load(row), r1 = v128.load(row + pitch), r2 = v128.load(row + 2 * pitch), r3 = v128.load(row + 3 * pitch);
        storeTransposed(r0, r1, r2, r3, to + ((<usize>half) << 4), 32);
      }
      from += 16;
      to += 128;
    }
  }
  for (; i < k; i++) {
    for (let j = 0; j < 8; j++) store<f32>(to + ((<usize>j) << 2), j < n ? load<f32>(from + (<usize>j) * pitch) : 0);
    from += 4;
    to += 32;
  }
}

/**
 * Packs matrices into panels. Words: 1 from, 2 to, 3 matrices, 4 k, 5 n, 6 whether from is [n][k], 7 bytes from one row
 * of it to the next, 8 bytes from one matrix to the next.
 */
export function pack(command: usize): void {
  const from = address(command, 1), to = address(command, 2);
  const matrices = int(command, 3), k = int(command, 4), n = int(command, 5);
  const transposed = int(command, 6), pitch = address(command, 7), next = address(command, 8);
  const panels = (n + 7) >> 3;
  const bytes = (<usize>k) << 5;
  for (let task = takeTask(matrices * panels); task < matrices * panels; task = takeTask(matrices * panels)) {
    const matrix = from + (<usize>(task / panels)) * next;
    const j = (task % panels) << 3;
    const target = to + (<usize>task) * bytes;
    if (transposed) packPanelTransposed(matrix + (<usize>j) * pitch, pitch, k, n - j, target);
    else packPanel(matrix + ((<usize>j) << 2), pitch, k, n - j, target);
  }
}

/** Four-row panels [m / 4][k][4] of A from a matrix whose rows lie `step` bytes apart. Rows beyond m repeat the last. */
export function packRows(from: usize, step: usize, k: i32, m: i32, to: usize): void {
  for (let i = 0; i < m; i += 4) {
    let a = from + (<usize>i) * step;
    let b = i + 1 < m ? a + step : a;
    let c = i + 2 < m ? b + step : b;
    let d = i + 3 < m ? c + step : c;
    let j = k >> 2;
    while (j > 0) {
      const r0 = v128.load(a), r1 = v128.load(b), r2 = v128.load(c), r3 = v128.load(d);
      storeTransposed(r0, r1, r2, r3, to, 16);
      a += 16; b += 16; c += 16; d += 16; to += 64;
      j--;
    }
    j = k & 3;
    while (j > 0) {
      store<f32>(to, load<f32>(a)); store<f32>(to, load<f32>(b), 4);
      store<f32>(to, load<f32>(c), 8); store<f32>(to, load<f32>(d), 12);
      a += 4; b += 4; c += 4; d += 4; to += 16;
      j--;
    }
  }
}

/** {@link multiply} for A as rows that lie `step` bytes apart; `buffer` takes its panels. */
export function multiplyRows(
  m: i32, n: i32, k: i32, a: usize, step: usize, b: usize, panel: usize, c: usize, pitch: usize, more: bool, spill: usize, buffer: usize,
): void {
  packRows(a, step, k, m, buffer);
  multiply(m, n, k, buffer, (<usize>k) << 4, 16, b, panel, c, pitch, more, spill);
}

/** The same of a matrix whose numbers of one k are neighbours ([k][m]), `pitch` bytes from one k to the next. */
export function packColumns(from: usize, pitch: usize, k: i32, m: i32, to: usize): void {
  for (let i = 0; i < m; i += 4) {
    let at = from + ((<usize>i) << 2);
    for (let j = 0; j < k; j++) {
      v128.store(to, v128.load(at));
      at += pitch;
      to += 16;
    }
  }
}

/**
 * Products of matrices. Words: 1 A, 2 panels of B, 3 C, 4 batch, 5 m, 6 n, 7 k, 8 whether A is [k][m], 9 bytes from one
 * row of A to the next, 10-12 bytes from one matrix to the next of A, B, C (0 repeats one), 13 rows and 14 columns (a
 * multiple of 8) of a task, 15 epilogue or 0, 16 the row of C in the epilogue's index that this product begins at.
 */
export function gemm(command: usize, scratch: usize): void {
  const a = address(command, 1), b = address(command, 2), c = address(command, 3);
  const batch = int(command, 4), m = int(command, 5), n = int(command, 6), k = int(command, 7);
  const columns = int(command, 8), rowStep = address(command, 9);
  const nextA = address(command, 10), nextB = address(command, 11), nextC = address(command, 12);
  const tall = int(command, 13), broad = int(command, 14), after = address(command, 15);
  const down = (m + tall - 1) / tall, across = (n + broad - 1) / broad;
  const pitch = (<usize>n) << 2, panel = (<usize>k) << 5;
  const packed = scratch + 128;
  for (let task = takeTask(batch * down * across); task < batch * down * across; task = takeTask(batch * down * across)) {
    const matrix = <usize>(task / (down * across));
    const i = ((task / across) % down) * tall, j = (task % across) * broad;
    const rows = least(tall, m - i), wide = least(broad, n - j);
    const bj = b + matrix * nextB + (<usize>(j >> 3)) * panel;
    const cij = c + matrix * nextC + (<usize>i) * pitch + ((<usize>j) << 2);
    for (let k0 = 0; k0 < k || k0 == 0; k0 += LONGEST) {
      const deep = least(LONGEST, k - k0);
      if (columns) packColumns(a + matrix * nextA + (<usize>k0) * rowStep + ((<usize>i) << 2), rowStep, deep, rows, packed);
      else packRows(a + matrix * nextA + (<usize>i) * rowStep + ((<usize>k0) << 2), rowStep, deep, rows, packed);
      multiply(rows, wide, deep, packed, (<usize>deep) << 4, 16, bj + ((<usize>k0) << 5), panel, cij, pitch, k0 > 0, scratch);
    }
    if (after) {
      const first = (<i32>matrix * m + i) * n + j;
      if (wide == n) epilogue(after, first, rows * n, packed);
      else for (let r = 0; r < rows; r++) epilogue(after, first + r * n, wide, packed);
    }
  }
}

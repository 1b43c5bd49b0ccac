import { address, float, int, least, takeTask } from "./layout";
import { exp4 } from "./vector";
import { multiplyRows } from "./gemm";
import { softmaxRow } from "./norm";

/**
 * Attention softmax(scale q k^T) v on [batch, n, d] (keys and values [batch, m, d]), some queries at a time: the matrix
 * of all pairs is never in memory. Panels of the right-hand sides are packed beforehand.
 */

/**
 * Words: 1 q, 2 panels of k^T [m / 8][d][8], 3 panels of v [d / 8][m][8], 4 result, 5 logarithms of the sums [batch, n],
 * 6 batch, 7 n, 8 m, 9 d, 10 scale, 11 queries of a task, 12 width of v.
 */
export function attention(command: usize, scratch: usize): void {
  const q = address(command, 1), keys = address(command, 2), values = address(command, 3), out = address(command, 4), logs = address(command, 5);
  const batch = int(command, 6), n = int(command, 7), m = int(command, 8), d = int(command, 9), scale = float(command, 10), many = int(command, 11), e = int(command, 12);
  const blocks = (n + many - 1) / many;
  const pitch = (<usize>((m + 3) & ~3)) << 2, row = (<usize>d) << 2, outRow = (<usize>e) << 2;
  const nextK = (<usize>(((m + 7) >> 3) * d)) << 5, nextV = (<usize>(((e + 7) >> 3) * m)) << 5;
  const s = scratch + 128, packed = s + (<usize>many) * pitch + 64;
  for (let task = takeTask(batch * blocks); task < batch * blocks; task = takeTask(batch * blocks)) {
    const b = <usize>(task / blocks);
    const i0 = (task % blocks) * many, count = least(many, n - i0);
    const at = b * (<usize>n) + <usize>i0;
    multiplyRows(count, m, d, q + at * row, row, keys + b * nextK, (<usize>d) << 5, s, pitch, false, scratch, packed);
    for (let i = 0; i < count; i++) {
      const line = s + (<usize>i) * pitch;
      store<f32>(logs + ((at + <usize>i) << 2), softmaxRow(line, line, m, scale));
    }
    multiplyRows(count, e, m, s, pitch, values + b * nextV, (<usize>m) << 5, out + at * outRow, outRow, false, scratch, packed);
  }
}

/** Turns scores into what their gradient is: p = exp(scale s - log), ds = scale p (dp - delta). s becomes p, dp ds. */
// @ts-ignore: decorator
@inline
function turn(s: usize, dp: usize, n: i32, scale: f32, log: usize, delta: usize, perColumn: bool): void {
  const factor = f32x4.splat(scale);
  let l = v128.load32_splat(log), dl = v128.load32_splat(delta);
  for (let j: usize = 0; j < (<usize>n) << 2; j += 16) {
    if (perColumn) {
      l = v128.load(log + j);
      dl = v128.load(delta + j);
    }
    const p = exp4(f32x4.sub(f32x4.mul(v128.load(s + j), factor), l));
    v128.store(s + j, p);
    v128.store(dp + j, f32x4.mul(f32x4.mul(p, factor), f32x4.sub(v128.load(dp + j), dl)));
  }
}

/**
 * The gradient by the queries, and delta = <d out, out> per query. Words: 1 dout, 2 q, 3 out, 4 logarithms, 5 panels of
 * k^T [m / 8][d][8], 6 panels of v^T [m / 8][e][8], 7 panels of k [d / 8][m][8], 8 dq, 9 delta [batch, n], 10 batch, 11 n,
 * 12 m, 13 d, 14 e, 15 scale, 16 queries of a task.
 */
export function attentionQueries(command: usize, scratch: usize): void {
  const dout = address(command, 1), q = address(command, 2), out = address(command, 3), logs = address(command, 4);
  const keysT = address(command, 5), valuesT = address(command, 6), keys = address(command, 7), dq = address(command, 8), deltas = address(command, 9);
  const batch = int(command, 10), n = int(command, 11), m = int(command, 12), d = int(command, 13), e = int(command, 14);
  const scale = float(command, 15), many = int(command, 16);
  const blocks = (n + many - 1) / many;
  const pitch = (<usize>((m + 3) & ~3)) << 2, row = (<usize>d) << 2, outRow = (<usize>e) << 2;
  const nextKT = (<usize>(((m + 7) >> 3) * d)) << 5, nextVT = (<usize>(((m + 7) >> 3) * e)) << 5, nextK = (<usize>(((d + 7) >> 3) * m)) << 5;
  const s = scratch + 128, dp = s + (<usize>many) * pitch + 64, packed = dp + (<usize>many) * pitch + 64;
  for (let task = takeTask(batch * blocks); task < batch * blocks; task = takeTask(batch * blocks)) {
    const b = <usize>(task / blocks);
    const i0 = (task % blocks) * many, count = least(many, n - i0);
    const at = b * (<usize>n) + <usize>i0;
    multiplyRows(count, m, d, q + at * row, row, keysT + b * nextKT, (<usize>d) << 5, s, pitch, false, scratch, packed);
    multiplyRows(count, m, e, dout + at * outRow, outRow, valuesT + b * nextVT, (<usize>e) << 5, dp, pitch, false, scratch, packed);
    for (let i = 0; i < count; i++) {
      const place = at + <usize>i;
      let delta: f64 = 0;
      for (let j: usize = 0; j < outRow; j += 4)
        delta += <f64>load<f32>(dout + place * outRow + j) * <f64>load<f32>(out + place * outRow + j);
      store<f32>(deltas + (place << 2), <f32>delta);
      turn(s + (<usize>i) * pitch, dp + (<usize>i) * pitch, m, scale, logs + (place << 2), deltas + (place << 2), false);
    }
    multiplyRows(count, d, m, dp, pitch, keys + b * nextK, (<usize>m) << 5, dq + at * row, row, false, scratch, packed);
  }
}

/**
 * The gradients by keys and values, some keys at a time. Words: 1 k, 2 v, 3 logarithms and 4 delta [batch, n], 5 panels of
 * q^T [n / 8][d][8], 6 panels of dout^T [n / 8][e][8], 7 panels of q [d / 8][n][8], 8 panels of dout [e / 8][n][8], 9 dk,
 * 10 dv, 11 batch, 12 n, 13 m, 14 d, 15 e, 16 scale, 17 keys of a task.
 */
export function attentionKeys(command: usize, scratch: usize): void {
  const k = address(command, 1), v = address(command, 2), logs = address(command, 3), deltas = address(command, 4);
  const queriesT = address(command, 5), doutT = address(command, 6), queries = address(command, 7), dout = address(command, 8);
  const dk = address(command, 9), dv = address(command, 10);
  const batch = int(command, 11), n = int(command, 12), m = int(command, 13), d = int(command, 14), e = int(command, 15);
  const scale = float(command, 16), many = int(command, 17);
  const blocks = (m + many - 1) / many;
  const pitch = (<usize>((n + 3) & ~3)) << 2, row = (<usize>d) << 2, outRow = (<usize>e) << 2;
  const nextQT = (<usize>(((n + 7) >> 3) * d)) << 5, nextDT = (<usize>(((n + 7) >> 3) * e)) << 5;
  const nextQ = (<usize>(((d + 7) >> 3) * n)) << 5, nextD = (<usize>(((e + 7) >> 3) * n)) << 5;
  const s = scratch + 128, dp = s + (<usize>many) * pitch + 64, packed = dp + (<usize>many) * pitch + 64;
  for (let task = takeTask(batch * blocks); task < batch * blocks; task = takeTask(batch * blocks)) {
    const b = <usize>(task / blocks);
    const j0 = (task % blocks) * many, count = least(many, m - j0);
    const at = b * (<usize>m) + <usize>j0;
    const perQuery = (b * (<usize>n)) << 2;
    multiplyRows(count, n, d, k + at * row, row, queriesT + b * nextQT, (<usize>d) << 5, s, pitch, false, scratch, packed);
    multiplyRows(count, n, e, v + at * outRow, outRow, doutT + b * nextDT, (<usize>e) << 5, dp, pitch, false, scratch, packed);
    for (let j = 0; j < count; j++)
      turn(s + (<usize>j) * pitch, dp + (<usize>j) * pitch, n, scale, logs + perQuery, deltas + perQuery, true);
    multiplyRows(count, e, n, s, pitch, dout + b * nextD, (<usize>n) << 5, dv + at * outRow, outRow, false, scratch, packed);
    multiplyRows(count, d, n, dp, pitch, queries + b * nextQ, (<usize>n) << 5, dk + at * row, row, false, scratch, packed);
  }
}

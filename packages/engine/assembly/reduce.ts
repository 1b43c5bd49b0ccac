import { address, float, int, least, takeTask } from "./layout";
import { lanes } from "./vector";

const SUM: i32 = 0;
const MAX: i32 = 1;
const MIN: i32 = 2;
/** Terms that are added in float32 before the sum goes on in f64 (rows), or in another float32 (columns). */
const RUN: i32 = 256;
/** Columns of a task. */
const COLUMNS: i32 = 512;

// @ts-ignore: decorator
@inline
function merge(op: i32, a: v128, b: v128): v128 {
  if (op == MAX) return f32x4.max(a, b);
  if (op == MIN) return f32x4.min(a, b);
  return f32x4.add(a, b);
}

/** max and min as tfjs has them: NaN wins. */
// @ts-ignore: decorator
@inline
function merge1(op: i32, a: f32, b: f32): f32 {
  return op == MAX ? max<f32>(a, b) : min<f32>(a, b);
}

// @ts-ignore: decorator
@inline
function extremeOfRow(op: i32, from: usize, n: i32): f32 {
  let best = load<f32>(from);
  let i = 0;
  if (n >= 4) {
    let v = v128.load(from);
    for (i = 4; i + 4 <= n; i += 4) v = merge(op, v, v128.load(from + ((<usize>i) << 2)));
    best = merge1(op, merge1(op, f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)), merge1(op, f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)));
  }
  for (; i < n; i++) best = merge1(op, best, load<f32>(from + ((<usize>i) << 2)));
  return best;
}

/** The sum of a row, or of its squares. */
// @ts-ignore: decorator
@inline
export function sumOfRow(from: usize, n: i32, squares: bool): f64 {
  let total: f64 = 0;
  let i = 0;
  while (i + 16 <= n) {
    const end = least(n & ~15, i + RUN);
    let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
    for (; i < end; i += 16) {
      const at = from + ((<usize>i) << 2);
      const x = v128.load(at), y = v128.load(at, 16), z = v128.load(at, 32), w = v128.load(at, 48);
      a = f32x4.add(a, squares ? f32x4.mul(x, x) : x);
      b = f32x4.add(b, squares ? f32x4.mul(y, y) : y);
      c = f32x4.add(c, squares ? f32x4.mul(z, z) : z);
      d = f32x4.add(d, squares ? f32x4.mul(w, w) : w);
    }
    total += lanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  for (; i < n; i++) {
    const x = <f64>load<f32>(from + ((<usize>i) << 2));
    total += squares ? x * x : x;
  }
  return total;
}

/**
 * Reduces [outer, red, inner] to [outer, chunks, inner], one result per `chunk` terms. Words: 1 from, 2 to, 3 outer, 4 red,
 * 5 inner, 6 chunk, 7 op (0 sum, 1 max, 2 min, 3 sum of squares), 8 factor of the result.
 */
export function reduce(command: usize): void {
  const from = address(command, 1), to = address(command, 2);
  const outer = int(command, 3), red = int(command, 4), inner = int(command, 5), chunk = int(command, 6);
  const op = int(command, 7), scale = float(command, 8);
  const chunks = (red + chunk - 1) / chunk;
  if (inner == 1) {
    const rows = outer * chunks;
    const grain = chunk < 4096 ? 4096 / chunk : 1;
    for (let shares = (rows + grain - 1) / grain, task = takeTask(shares); task < shares; task = takeTask(shares))
      for (let r = task * grain, end = least(rows, r + grain); r < end; r++) {
        const o = r / chunks, first = (r % chunks) * chunk;
        const n = least(chunk, red - first);
        const at = from + ((<usize>(o * red + first)) << 2);
        const target = to + ((<usize>r) << 2);
        if (op == MAX) store<f32>(target, extremeOfRow(MAX, at, n));
        else if (op == MIN) store<f32>(target, extremeOfRow(MIN, at, n));
        else if (op == SUM) store<f32>(target, <f32>(sumOfRow(at, n, false) * <f64>scale));
        else store<f32>(target, <f32>(sumOfRow(at, n, true) * <f64>scale));
      }
    return;
  }
  const across = (inner + COLUMNS - 1) / COLUMNS;
  for (let task = takeTask(outer * chunks * across); task < outer * chunks * across; task = takeTask(outer * chunks * across)) {
    const row = task / across, c0 = (task % across) * COLUMNS;
    const o = row / chunks, first = (row % chunks) * chunk;
    const n = least(chunk, red - first), wide = least(COLUMNS, inner - c0);
    const at = from + ((<usize>((o * red + first) * inner + c0)) << 2);
    const target = to + ((<usize>(row * inner + c0)) << 2);
    const pitch = (<usize>inner) << 2;
    let c = 0;
    for (; c + 4 <= wide; c += 4) {
      const column = at + ((<usize>c) << 2);
      let v = v128.load(column);
      if (op == MAX) for (let i = 1; i < n; i++) v = f32x4.max(v, v128.load(column + (<usize>i) * pitch));
      else if (op == MIN) for (let i = 1; i < n; i++) v = f32x4.min(v, v128.load(column + (<usize>i) * pitch));
      else {
        let total = f32x4.splat(0);
        for (let i = 0; i < n;) {
          const end = least(n, i + RUN);
          let a = f32x4.splat(0), b = f32x4.splat(0);
          for (; i + 2 <= end; i += 2) {
            const x = v128.load(column + (<usize>i) * pitch), y = v128.load(column + (<usize>(i + 1)) * pitch);
            a = f32x4.add(a, op == SUM ? x : f32x4.mul(x, x));
            b = f32x4.add(b, op == SUM ? y : f32x4.mul(y, y));
          }
          if (i < end) {
            const x = v128.load(column + (<usize>i) * pitch);
            a = f32x4.add(a, op == SUM ? x : f32x4.mul(x, x));
            i++;
          }
          total = f32x4.add(total, f32x4.add(a, b));
        }
        v = f32x4.mul(total, f32x4.splat(scale));
      }
      v128.store(target + ((<usize>c) << 2), v);
    }
    for (; c < wide; c++) {
      const column = at + ((<usize>c) << 2);
      if (op == MAX || op == MIN) {
        let best = load<f32>(column);
        for (let i = 1; i < n; i++) best = merge1(op, best, load<f32>(column + (<usize>i) * pitch));
        store<f32>(target + ((<usize>c) << 2), best);
        continue;
      }
      let total: f64 = 0;
      for (let i = 0; i < n; i++) {
        const x = <f64>load<f32>(column + (<usize>i) * pitch);
        total += op == SUM ? x : x * x;
      }
      store<f32>(target + ((<usize>c) << 2), <f32>(total * <f64>scale));
    }
  }
}

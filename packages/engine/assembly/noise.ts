import { address, int, least, takeTask } from "./layout";

/**
 * Standard normal noise, bit for bit what @nonmarkov/random's fillNormal writes: Threefry-2x32 with 20 rounds on four
 * counters at a time, and then the same exactly rounded operations in f64, two at a time.
 */

// @ts-ignore: decorator
@inline
function mix(a: v128, b: v128, by: i32): v128 {
  return v128.xor(v128.or(i32x4.shl(b, by), i32x4.shr_u(b, 32 - by)), a);
}

const ANGLE: f64 = (2 * 3.141592653589793) / 4294967296.0;

/** -ln((w + 1/2) / 2^32) for two words, given as exact f64 of 2w + 1, and their numbers of significant bits. */
// @ts-ignore: decorator
@inline
function minusLog(m0: f64, m1: f64, e0: i32, e1: i32): v128 {
  // 2^-e by the exponent's bits
  let m = f64x2.mul(
    f64x2.replace_lane(f64x2.splat(m0), 1, m1),
    i64x2.replace_lane(i64x2.splat((<i64>(1023 - e0)) << 52), 1, (<i64>(1023 - e1)) << 52),
  );
  const large = f64x2.gt(m, f64x2.splat(1.4142135623730951));
  m = v128.bitselect(f64x2.mul(m, f64x2.splat(0.5)), m, large);
  const e = f64x2.add(
    f64x2.replace_lane(f64x2.splat(<f64>e0), 1, <f64>e1),
    v128.and(large, f64x2.splat(1)),
  );
  const one = f64x2.splat(1);
  const r = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const q = f64x2.mul(r, r);
  let s = f64x2.add(f64x2.splat(1.0 / 19.0), f64x2.div(q, f64x2.splat(21)));
  s = f64x2.add(f64x2.splat(1.0 / 17.0), f64x2.mul(q, s));
  s = f64x2.add(f64x2.splat(1.0 / 15.0), f64x2.mul(q, s));
  s = f64x2.add(f64x2.splat(1.0 / 13.0), f64x2.mul(q, s));
  s = f64x2.add(f64x2.splat(1.0 / 11.0), f64x2.mul(q, s));
  s = f64x2.add(f64x2.splat(1.0 / 9.0), f64x2.mul(q, s));
  s = f64x2.add(f64x2.splat(1.0 / 7.0), f64x2.mul(q, s));
  s = f64x2.add(f64x2.splat(1.0 / 5.0), f64x2.mul(q, s));
  s = f64x2.add(f64x2.splat(1.0 / 3.0), f64x2.mul(q, s));
  s = f64x2.add(one, f64x2.mul(q, s));
  return f64x2.sub(
    f64x2.mul(f64x2.sub(f64x2.splat(33), e), f64x2.splat(0.6931471805599453)),
    f64x2.mul(f64x2.mul(f64x2.splat(2), r), s),
  );
}

/** 1 - (q / d)·inner. */
// @ts-ignore: decorator
@inline
function series(q: v128, d: f64, inner: v128): v128 {
  return f64x2.sub(f64x2.splat(1), f64x2.mul(f64x2.div(q, f64x2.splat(d)), inner));
}

/** Four normal numbers from two pairs of words: cosine and sine of the first pair, then of the second. */
// @ts-ignore: decorator
@inline
function fourNormals(u0: u32, u1: u32, w0: u32, w1: u32): v128 {
  const radius = f64x2.sqrt(
    f64x2.mul(
      f64x2.splat(2),
      minusLog(<f64>u0 * 2 + 1, <f64>u1 * 2 + 1, 32 - <i32>clz<u32>(u0), 32 - <i32>clz<u32>(u1)),
    ),
  );
  const quarter0 = (w0 + 0x20000000) >> 30, quarter1 = (w1 + 0x20000000) >> 30;
  const x = f64x2.mul(
    f64x2.replace_lane(f64x2.splat(<f64>(<i32>(w0 - (quarter0 << 30)))), 1, <f64>(<i32>(w1 - (quarter1 << 30)))),
    f64x2.splat(ANGLE),
  );
  const q = f64x2.mul(x, x);
  let s = series(q, 210, f64x2.splat(1));
  s = series(q, 156, s);
  s = series(q, 110, s);
  s = series(q, 72, s);
  s = series(q, 42, s);
  s = series(q, 20, s);
  s = series(q, 6, s);
  s = f64x2.mul(x, s);
  let c = series(q, 240, f64x2.splat(1));
  c = series(q, 182, c);
  c = series(q, 132, c);
  c = series(q, 90, c);
  c = series(q, 56, c);
  c = series(q, 30, c);
  c = series(q, 12, c);
  c = series(q, 2, c);
  // a turn by an odd number of quarters exchanges the two, and some change their sign
  const odd = i64x2.replace_lane(i64x2.splat(quarter0 & 1 ? -1 : 0), 1, quarter1 & 1 ? -1 : 0);
  const cosSign = i64x2.replace_lane(
    i64x2.splat(quarter0 == 1 || quarter0 == 2 ? i64.MIN_VALUE : 0), 1, quarter1 == 1 || quarter1 == 2 ? i64.MIN_VALUE : 0,
  );
  const sinSign = i64x2.replace_lane(i64x2.splat(quarter0 >= 2 ? i64.MIN_VALUE : 0), 1, quarter1 >= 2 ? i64.MIN_VALUE : 0);
  const cos = f64x2.mul(radius, v128.xor(v128.bitselect(s, c, odd), cosSign));
  const sin = f64x2.mul(radius, v128.xor(v128.bitselect(c, s, odd), sinSign));
  const a = f32x4.demote_f64x2_zero(cos), b = f32x4.demote_f64x2_zero(sin);
  return i32x4.shuffle(a, b, 0, 4, 1, 5);
}

/** Numbers of a task; eight at a time come from four counters. */
const GRAIN: i32 = 2048;

/**
 * Rows of noise. Words: 1 to, 2 rows, 3 numbers of a row, 4 two words of key per row. Number i of a row comes from counter
 * i / 2 of the row's key.
 */
export function noise(command: usize, scratch: usize): void {
  const to = address(command, 1), rows = int(command, 2), width = int(command, 3), keys = address(command, 4);
  const parts = (width + GRAIN - 1) / GRAIN;
  for (let task = takeTask(rows * parts); task < rows * parts; task = takeTask(rows * parts)) {
    const row = task / parts, first = (task % parts) * GRAIN;
    const last = least(width, first + GRAIN);
    const key = keys + ((<usize>row) << 3);
    const k0 = i32x4.splat(load<i32>(key)), k1 = i32x4.splat(load<i32>(key, 4));
    const k2 = v128.xor(v128.xor(i32x4.splat(0x1bd11bda), k0), k1);
    const out = to + ((<usize>row * <usize>width) << 2);
    for (let i = first; i < last; i += 8) {
      const counter = i >> 1;
      let a = i32x4.add(i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3)), k0);
      let b = k1;
      a = i32x4.add(a, b); b = mix(a, b, 13); a = i32x4.add(a, b); b = mix(a, b, 15);
      a = i32x4.add(a, b); b = mix(a, b, 26); a = i32x4.add(a, b); b = mix(a, b, 6);
      a = i32x4.add(a, k1); b = i32x4.add(b, i32x4.add(k2, i32x4.splat(1)));
      a = i32x4.add(a, b); b = mix(a, b, 17); a = i32x4.add(a, b); b = mix(a, b, 29);
      a = i32x4.add(a, b); b = mix(a, b, 16); a = i32x4.add(a, b); b = mix(a, b, 24);
      a = i32x4.add(a, k2); b = i32x4.add(b, i32x4.add(k0, i32x4.splat(2)));
      a = i32x4.add(a, b); b = mix(a, b, 13); a = i32x4.add(a, b); b = mix(a, b, 15);
      a = i32x4.add(a, b); b = mix(a, b, 26); a = i32x4.add(a, b); b = mix(a, b, 6);
      a = i32x4.add(a, k0); b = i32x4.add(b, i32x4.add(k1, i32x4.splat(3)));
      a = i32x4.add(a, b); b = mix(a, b, 17); a = i32x4.add(a, b); b = mix(a, b, 29);
      a = i32x4.add(a, b); b = mix(a, b, 16); a = i32x4.add(a, b); b = mix(a, b, 24);
      a = i32x4.add(a, k1); b = i32x4.add(b, i32x4.add(k2, i32x4.splat(4)));
      a = i32x4.add(a, b); b = mix(a, b, 13); a = i32x4.add(a, b); b = mix(a, b, 15);
      a = i32x4.add(a, b); b = mix(a, b, 26); a = i32x4.add(a, b); b = mix(a, b, 6);
      a = i32x4.add(a, k2); b = i32x4.add(b, i32x4.add(k0, i32x4.splat(5)));
      const low = fourNormals(
        <u32>i32x4.extract_lane(a, 0), <u32>i32x4.extract_lane(a, 1), <u32>i32x4.extract_lane(b, 0), <u32>i32x4.extract_lane(b, 1),
      );
      const high = fourNormals(
        <u32>i32x4.extract_lane(a, 2), <u32>i32x4.extract_lane(a, 3), <u32>i32x4.extract_lane(b, 2), <u32>i32x4.extract_lane(b, 3),
      );
      const at = out + ((<usize>i) << 2);
      if (i + 8 <= last) {
        v128.store(at, low);
        v128.store(at, high, 16);
      } else {
        v128.store(scratch, low);
        v128.store(scratch, high, 16);
        for (let j = 0; j < last - i; j++) store<f32>(at + ((<usize>j) << 2), load<f32>(scratch + ((<usize>j) << 2)));
      }
    }
  }
}

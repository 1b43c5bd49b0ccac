import { address, float, int, least, takeTask } from "./layout";
import { exp4, lanes, madd, sigmoid4, siluSlope4 } from "./vector";

/**
 * Group normalisation of [batch, places, channels], with SiLU after it or without, in two passes over the memory. A task
 * is some whole groups of one row of the batch, so that their numbers stay in the cache between the passes.
 *
 * Scratch: per channel of the task, sums as f64 and coefficients as f32.
 */

/** Places that are summed in float32 at a time. */
const RUN: i32 = 64;

/** Adds each channel's sums of x - shift and its square (shift: the channel's first number) to f64 totals. */
function momentsOfColumns(x: usize, pitch: usize, places: i32, wide: i32, sums: usize): void {
  let c = 0;
  for (; c + 4 <= wide; c += 4) {
    const at = x + ((<usize>c) << 2), to = sums + ((<usize>c) << 4);
    const shift = v128.load(at);
    let s0 = f64x2.splat(0), s1 = f64x2.splat(0), q0 = f64x2.splat(0), q1 = f64x2.splat(0);
    for (let i = 0; i < places;) {
      const end = least(places, i + RUN);
      let s = f32x4.splat(0), q = f32x4.splat(0);
      for (; i < end; i++) {
        const d = f32x4.sub(v128.load(at + (<usize>i) * pitch), shift);
        s = f32x4.add(s, d);
        q = madd(d, d, q);
      }
      s0 = f64x2.add(s0, f64x2.promote_low_f32x4(s));
      s1 = f64x2.add(s1, f64x2.promote_low_f32x4(i64x2.shuffle(s, s, 1, 0)));
      q0 = f64x2.add(q0, f64x2.promote_low_f32x4(q));
      q1 = f64x2.add(q1, f64x2.promote_low_f32x4(i64x2.shuffle(q, q, 1, 0)));
    }
    store<f64>(to, f64x2.extract_lane(s0, 0)); store<f64>(to, f64x2.extract_lane(q0, 0), 8);
    store<f64>(to, f64x2.extract_lane(s0, 1), 16); store<f64>(to, f64x2.extract_lane(q0, 1), 24);
    store<f64>(to, f64x2.extract_lane(s1, 0), 32); store<f64>(to, f64x2.extract_lane(q1, 0), 40);
    store<f64>(to, f64x2.extract_lane(s1, 1), 48); store<f64>(to, f64x2.extract_lane(q1, 1), 56);
  }
  for (; c < wide; c++) {
    const at = x + ((<usize>c) << 2), to = sums + ((<usize>c) << 4);
    const shift = <f64>load<f32>(at);
    let s: f64 = 0, q: f64 = 0;
    for (let i = 0; i < places; i++) {
      const d = <f64>load<f32>(at + (<usize>i) * pitch) - shift;
      s += d;
      q += d * d;
    }
    store<f64>(to, s);
    store<f64>(to, q, 8);
  }
}

/**
 * Words: 1 x, 2 gamma, 3 beta, 4 y, 5 mean and 6 inverse deviation [batch, groups], 7 batch, 8 places, 9 channels,
 * 10 groups, 11 groups of a task, 12 eps, 13 whether SiLU follows.
 */
export function groupNorm(command: usize, scratch: usize): void {
  const x = address(command, 1), gamma = address(command, 2), beta = address(command, 3), y = address(command, 4);
  const means = address(command, 5), inverses = address(command, 6);
  const batch = int(command, 7), places = int(command, 8), channels = int(command, 9), groups = int(command, 10);
  const some = int(command, 11), eps = <f64>float(command, 12), silu = int(command, 13);
  const size = channels / groups;
  const across = (groups + some - 1) / some;
  const pitch = (<usize>channels) << 2;
  const sums = scratch;
  for (let task = takeTask(batch * across); task < batch * across; task = takeTask(batch * across)) {
    const b = task / across, g0 = (task % across) * some;
    const count = least(some, groups - g0);
    const wide = count * size, c0 = g0 * size;
    const from = x + ((<usize>(b * places)) * pitch) + ((<usize>c0) << 2);
    const to = y + ((<usize>(b * places)) * pitch) + ((<usize>c0) << 2);
    const scale = sums + ((<usize>wide) << 4), shift = scale + ((<usize>((wide + 3) & ~3)) << 2);
    const centre = shift + ((<usize>((wide + 3) & ~3)) << 2);
    momentsOfColumns(from, pitch, places, wide, sums);
    for (let g = 0; g < count; g++) {
      let mean: f64 = 0;
      for (let c = g * size; c < (g + 1) * size; c++)
        mean += <f64>load<f32>(from + ((<usize>c) << 2)) + load<f64>(sums + ((<usize>c) << 4)) / <f64>places;
      mean /= <f64>size;
      let square: f64 = 0;
      for (let c = g * size; c < (g + 1) * size; c++) {
        const s = load<f64>(sums + ((<usize>c) << 4)), q = load<f64>(sums + ((<usize>c) << 4), 8);
        const own = s / <f64>places;
        const off = <f64>load<f32>(from + ((<usize>c) << 2)) + own - mean;
        square += max<f64>(q - s * own, 0) + <f64>places * off * off;
        if (!(q == q)) square = NaN;
      }
      const inverse = 1 / sqrt<f64>(square / <f64>(places * size) + eps);
      store<f32>(means + ((<usize>(b * groups + g0 + g)) << 2), <f32>mean);
      store<f32>(inverses + ((<usize>(b * groups + g0 + g)) << 2), <f32>inverse);
      for (let c = g * size; c < (g + 1) * size; c++) {
        const a = inverse * <f64>load<f32>(gamma + ((<usize>(c0 + c)) << 2));
        // y = (x - m)·a + (beta - (mean - m)·a) with m the mean as a float: x - m is exact where x is near the mean
        store<f32>(scale + ((<usize>c) << 2), <f32>a);
        store<f32>(centre + ((<usize>c) << 2), <f32>mean);
        store<f32>(shift + ((<usize>c) << 2), <f32>(<f64>load<f32>(beta + ((<usize>(c0 + c)) << 2)) - (mean - <f64>(<f32>mean)) * a));
      }
    }
    for (let i = 0; i < places; i++) {
      const row = from + (<usize>i) * pitch, out = to + (<usize>i) * pitch;
      let c: usize = 0;
      const bytes = (<usize>wide) << 2;
      if (silu)
        for (; c + 16 <= bytes; c += 16) {
          const n = madd(f32x4.sub(v128.load(row + c), v128.load(centre + c)), v128.load(scale + c), v128.load(shift + c));
          v128.store(out + c, f32x4.mul(n, sigmoid4(n)));
        }
      else for (; c + 16 <= bytes; c += 16) v128.store(out + c, madd(f32x4.sub(v128.load(row + c), v128.load(centre + c)), v128.load(scale + c), v128.load(shift + c)));
      for (; c < bytes; c += 4) {
        const n = madd(f32x4.sub(v128.load32_splat(row + c), v128.load32_splat(centre + c)), v128.load32_splat(scale + c), v128.load32_splat(shift + c));
        store<f32>(out + c, f32x4.extract_lane(silu ? f32x4.mul(n, sigmoid4(n)) : n, 0));
      }
    }
  }
}

/**
 * The gradient: dx, and per row of the batch the sums dgamma and dbeta [batch, channels]. With n = (x - mean) inverse,
 * g = dn gamma and means over a group, dx = inverse (g - mean(g) - n mean(g n)). dn is kept in dx between the passes.
 * Words: 1 dy, 2 x, 3 gamma, 4 beta, 5 mean, 6 inverse, 7 dx, 8 dgamma, 9 dbeta, 10 batch, 11 places, 12 channels,
 * 13 groups, 14 groups of a task, 15 whether SiLU followed.
 */
export function groupNormGradient(command: usize, scratch: usize): void {
  const dy = address(command, 1), x = address(command, 2), gamma = address(command, 3), beta = address(command, 4);
  const means = address(command, 5), inverses = address(command, 6), dx = address(command, 7);
  const dgamma = address(command, 8), dbeta = address(command, 9);
  const batch = int(command, 10), places = int(command, 11), channels = int(command, 12), groups = int(command, 13);
  const some = int(command, 14), silu = int(command, 15);
  const size = channels / groups;
  const across = (groups + some - 1) / some;
  const pitch = (<usize>channels) << 2;
  for (let task = takeTask(batch * across); task < batch * across; task = takeTask(batch * across)) {
    const b = task / across, g0 = (task % across) * some;
    const count = least(some, groups - g0);
    const wide = count * size, c0 = g0 * size;
    const offset = ((<usize>(b * places)) * pitch) + ((<usize>c0) << 2);
    const padded = (<usize>((wide + 3) & ~3)) << 2;
    // per channel: inverse deviation and mean, gamma and beta, and afterwards the three coefficients of dx
    const factor = scratch, shift = factor + padded, weight = shift + padded, bias = weight + padded;
    const first = bias + padded, second = first + padded;
    for (let c = 0; c < wide; c++) {
      const at = (<usize>c) << 2, g = ((<usize>(b * groups + g0 + c / size)) << 2);
      const inverse = load<f32>(inverses + g);
      store<f32>(factor + at, inverse);
      store<f32>(shift + at, load<f32>(means + g));
      store<f32>(weight + at, load<f32>(gamma + ((<usize>(c0 + c)) << 2)));
      store<f32>(bias + at, load<f32>(beta + ((<usize>(c0 + c)) << 2)));
    }
    for (let c = 0; c < wide; c += 4) {
      const at = (<usize>c) << 2;
      const part = least(4, wide - c);
      const f = v128.load(factor + at), s = v128.load(shift + at), w = v128.load(weight + at), o = v128.load(bias + at);
      let d0 = f64x2.splat(0), d1 = f64x2.splat(0), n0 = f64x2.splat(0), n1 = f64x2.splat(0);
      for (let i = 0; i < places;) {
        const end = least(places, i + RUN);
        let d = f32x4.splat(0), dn = f32x4.splat(0);
        for (; i < end; i++) {
          const place = offset + (<usize>i) * pitch + at;
          const n = f32x4.mul(f32x4.sub(v128.load(x + place), s), f);
          let g = v128.load(dy + place);
          if (silu) g = f32x4.mul(g, siluSlope4(madd(n, w, o)));
          if (part == 4) v128.store(dx + place, g);
          else {
            store<f32>(dx + place, f32x4.extract_lane(g, 0));
            if (part > 1) store<f32>(dx + place, f32x4.extract_lane(g, 1), 4);
            if (part > 2) store<f32>(dx + place, f32x4.extract_lane(g, 2), 8);
          }
          d = f32x4.add(d, g);
          dn = madd(g, n, dn);
        }
        d0 = f64x2.add(d0, f64x2.promote_low_f32x4(d));
        d1 = f64x2.add(d1, f64x2.promote_low_f32x4(i64x2.shuffle(d, d, 1, 0)));
        n0 = f64x2.add(n0, f64x2.promote_low_f32x4(dn));
        n1 = f64x2.add(n1, f64x2.promote_low_f32x4(i64x2.shuffle(dn, dn, 1, 0)));
      }
      v128.store(first + at, i64x2.shuffle(f32x4.demote_f64x2_zero(d0), f32x4.demote_f64x2_zero(d1), 0, 2));
      v128.store(second + at, i64x2.shuffle(f32x4.demote_f64x2_zero(n0), f32x4.demote_f64x2_zero(n1), 0, 2));
    }
    const terms = <f64>(places * size);
    for (let c = 0; c < wide; c++) {
      const to = (<usize>(b * channels + c0 + c)) << 2;
      store<f32>(dbeta + to, load<f32>(first + ((<usize>c) << 2)));
      store<f32>(dgamma + to, load<f32>(second + ((<usize>c) << 2)));
    }
    for (let g = 0; g < count; g++) {
      let mean: f64 = 0, slope: f64 = 0;
      for (let c = g * size; c < (g + 1) * size; c++) {
        const w = <f64>load<f32>(weight + ((<usize>c) << 2));
        mean += w * <f64>load<f32>(first + ((<usize>c) << 2));
        slope += w * <f64>load<f32>(second + ((<usize>c) << 2));
      }
      mean /= terms;
      slope /= terms;
      for (let c = g * size; c < (g + 1) * size; c++) {
        // dx = dn·(inverse gamma) - n·(inverse slope) - inverse mean
        const at = (<usize>c) << 2;
        const inverse = <f64>load<f32>(factor + at);
        store<f32>(first + at, <f32>(inverse * <f64>load<f32>(weight + at)));
        store<f32>(second + at, <f32>(-inverse * slope));
        store<f32>(bias + at, <f32>(-inverse * mean));
      }
    }
    for (let i = 0; i < places; i++) {
      const row = offset + (<usize>i) * pitch;
      for (let c = 0; c < wide; c += 4) {
        const at = (<usize>c) << 2;
        const n = f32x4.mul(f32x4.sub(v128.load(x + row + at), v128.load(shift + at)), v128.load(factor + at));
        const g = v128.load(dx + row + at);
        const value = madd(g, v128.load(first + at), madd(n, v128.load(second + at), v128.load(bias + at)));
        const to = dx + row + at;
        const part = wide - c;
        if (part >= 4) v128.store(to, value);
        else {
          store<f32>(to, f32x4.extract_lane(value, 0));
          if (part > 1) store<f32>(to, f32x4.extract_lane(value, 1), 4);
          if (part > 2) store<f32>(to, f32x4.extract_lane(value, 2), 8);
        }
      }
    }
  }
}

/** Softmax over rows. Words: 1 x, 2 y, 3 rows, 4 length, 5 rows of a task. */
export function softmax(command: usize): void {
  const x = address(command, 1), y = address(command, 2), rows = int(command, 3), n = int(command, 4), many = int(command, 5);
  for (let shares = (rows + many - 1) / many, task = takeTask(shares); task < shares; task = takeTask(shares))
    for (let r = task * many, end = least(rows, r + many); r < end; r++) {
      const at = ((<usize>r) * (<usize>n)) << 2;
      softmaxRow(x + at, y + at, n, 1);
    }
}

/** softmax(scale·x) of one row; returns the logarithm of the sum of exponentials. */
export function softmaxRow(x: usize, y: usize, n: i32, scale: f32): f32 {
  let top: f32 = -Infinity;
  let i = 0;
  const factor = f32x4.splat(scale);
  let best = f32x4.splat(-Infinity);
  for (; i + 4 <= n; i += 4) best = f32x4.pmax(best, f32x4.mul(v128.load(x + ((<usize>i) << 2)), factor));
  top = max<f32>(max<f32>(f32x4.extract_lane(best, 0), f32x4.extract_lane(best, 1)), max<f32>(f32x4.extract_lane(best, 2), f32x4.extract_lane(best, 3)));
  for (; i < n; i++) top = max<f32>(top, load<f32>(x + ((<usize>i) << 2)) * scale);
  const minus = f32x4.splat(-top);
  let sum: f64 = 0;
  i = 0;
  while (i + 4 <= n) {
    const end = least(n & ~3, i + 256);
    let part = f32x4.splat(0);
    for (; i < end; i += 4) {
      const e = exp4(f32x4.add(f32x4.mul(v128.load(x + ((<usize>i) << 2)), factor), minus));
      v128.store(y + ((<usize>i) << 2), e);
      part = f32x4.add(part, e);
    }
    sum += lanes(part);
  }
  for (; i < n; i++) {
    const e = f32x4.extract_lane(exp4(f32x4.splat(load<f32>(x + ((<usize>i) << 2)) * scale - top)), 0);
    store<f32>(y + ((<usize>i) << 2), e);
    sum += <f64>e;
  }
  const inverse = <f32>(1 / sum);
  const by = f32x4.splat(inverse);
  i = 0;
  for (; i + 4 <= n; i += 4) v128.store(y + ((<usize>i) << 2), f32x4.mul(v128.load(y + ((<usize>i) << 2)), by));
  for (; i < n; i++) store<f32>(y + ((<usize>i) << 2), load<f32>(y + ((<usize>i) << 2)) * inverse);
  return <f32>(<f64>top + NativeMath.log(sum));
}

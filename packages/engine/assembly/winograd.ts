import { address, int, least, takeTask } from "./layout";
import { constant, madd, nmadd, storeTransposed } from "./vector";
import { multiply } from "./gemm";
import { epilogue } from "./elementwise";

/**
 * 3x3 convolutions of stride 1 by Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308): F(4x4, 3x3) on tiles
 * of 6x6 with 36 products, F(2x2, 3x3) on tiles of 4x4 with 16. All loops run over 4 channels at a time.
 */

/**
 * What lies between two planes of transformed tiles, so that the 36 of them, which are written at once, do not all fall into
 * one set of the cache.
 */
const PAD: usize = 64;

/** B^T of F(4x4, 3x3) on six vectors `step` bytes apart, written `to` + i·next. */
// @ts-ignore: decorator
@inline
function input6(from: usize, step: usize, to: usize, next: usize): void {
  const d0 = v128.load(from), d1 = v128.load(from + step), d2 = v128.load(from + 2 * step);
  const d3 = v128.load(from + 3 * step), d4 = v128.load(from + 4 * step), d5 = v128.load(from + 5 * step);
  const four = constant(20), five = constant(21), two = constant(22);
  v128.store(to, madd(four, d0, nmadd(five, d2, d4)));
  const a = nmadd(four, d2, d4), b = nmadd(four, d1, d3);
  v128.store(to + next, f32x4.add(a, b));
  v128.store(to + 2 * next, f32x4.sub(a, b));
  const c = f32x4.sub(d4, d2), d = f32x4.mul(two, f32x4.sub(d3, d1));
  v128.store(to + 3 * next, f32x4.add(c, d));
  v128.store(to + 4 * next, f32x4.sub(c, d));
  v128.store(to + 5 * next, madd(four, d1, nmadd(five, d3, d5)));
}

/** A^T of F(4x4, 3x3). */
// @ts-ignore: decorator
@inline
function output6(from: usize, step: usize, to: usize, next: usize): void {
  const m0 = v128.load(from), m1 = v128.load(from + step), m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step), m4 = v128.load(from + 4 * step), m5 = v128.load(from + 5 * step);
  const a = f32x4.add(m1, m2), b = f32x4.sub(m1, m2), c = f32x4.add(m3, m4), d = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(m0, a), c));
  v128.store(to + next, madd(constant(22), d, b));
  v128.store(to + 2 * next, madd(constant(20), c, a));
  v128.store(to + 3 * next, madd(constant(23), d, f32x4.add(b, m5)));
}

/** A of F(4x4, 3x3): the adjoint of output6, four vectors to six. */
// @ts-ignore: decorator
@inline
function spread6(from: usize, step: usize, to: usize, next: usize): void {
  const y0 = v128.load(from), y1 = v128.load(from + step), y2 = v128.load(from + 2 * step), y3 = v128.load(from + 3 * step);
  const even = f32x4.add(y0, y2), odd = f32x4.add(y1, y3);
  v128.store(to, y0);
  v128.store(to + next, f32x4.add(even, odd));
  v128.store(to + 2 * next, f32x4.sub(even, odd));
  const far = madd(constant(20), y2, y0), wide = madd(constant(23), y3, f32x4.add(y1, y1));
  v128.store(to + 3 * next, f32x4.add(far, wide));
  v128.store(to + 4 * next, f32x4.sub(far, wide));
  v128.store(to + 5 * next, y3);
}

/** B^T of F(2x2, 3x3). */
// @ts-ignore: decorator
@inline
function input4(from: usize, step: usize, to: usize, next: usize): void {
  const d0 = v128.load(from), d1 = v128.load(from + step), d2 = v128.load(from + 2 * step), d3 = v128.load(from + 3 * step);
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + next, f32x4.add(d1, d2));
  v128.store(to + 2 * next, f32x4.sub(d2, d1));
  v128.store(to + 3 * next, f32x4.sub(d1, d3));
}

/** A^T of F(2x2, 3x3). */
// @ts-ignore: decorator
@inline
function output4(from: usize, step: usize, to: usize, next: usize): void {
  const m0 = v128.load(from), m1 = v128.load(from + step), m2 = v128.load(from + 2 * step), m3 = v128.load(from + 3 * step);
  v128.store(to, f32x4.add(m0, f32x4.add(m1, m2)));
  v128.store(to + next, f32x4.sub(f32x4.sub(m1, m2), m3));
}

/** Row i of G on three vectors, for tiles of 6x6 or 4x4. */
// @ts-ignore: decorator
@inline
function filterRow(size: i32, i: i32, g0: v128, g1: v128, g2: v128): v128 {
  if (size == 4) {
    if (i == 0) return g0;
    if (i == 3) return g2;
    const ends = f32x4.add(g0, g2);
    return f32x4.mul(constant(24), i == 1 ? f32x4.add(ends, g1) : f32x4.sub(ends, g1));
  }
  if (i == 0) return f32x4.mul(constant(25), g0);
  if (i == 5) return g2;
  if (i < 3) {
    const ends = f32x4.add(g0, g2);
    return f32x4.mul(constant(26), i == 1 ? f32x4.add(ends, g1) : f32x4.sub(ends, g1));
  }
  const ends = madd(constant(27), g2, f32x4.mul(constant(28), g0));
  const middle = f32x4.mul(constant(29), g1);
  return i == 3 ? f32x4.add(ends, middle) : f32x4.sub(ends, middle);
}

/** Up to four neighbouring numbers, with zeros for the rest. */
// @ts-ignore: decorator
@inline
function loadSome(at: usize, count: i32): v128 {
  if (count >= 4) return v128.load(at);
  let v = f32x4.splat(0);
  if (count > 0) v = f32x4.replace_lane(v, 0, load<f32>(at));
  if (count > 1) v = f32x4.replace_lane(v, 1, load<f32>(at, 4));
  if (count > 2) v = f32x4.replace_lane(v, 2, load<f32>(at, 8));
  return v;
}

/** Transforms four filters, whose taps lie `tap` bytes apart, and writes plane s to `to` + s·plane. */
// @ts-ignore: decorator
@inline
function transformFilter(size: i32, at: usize, tap: usize, count: i32, turned: bool, to: usize, plane: usize): void {
  const first = turned ? at + 8 * tap : at;
  const next = turned ? -tap : tap;
  const g00 = loadSome(first, count), g01 = loadSome(first + next, count), g02 = loadSome(first + 2 * next, count);
  const g10 = loadSome(first + 3 * next, count), g11 = loadSome(first + 4 * next, count), g12 = loadSome(first + 5 * next, count);
  const g20 = loadSome(first + 6 * next, count), g21 = loadSome(first + 7 * next, count), g22 = loadSome(first + 8 * next, count);
  for (let y = 0; y < size; y++) {
    let h0 = g00, h1 = g01, h2 = g02;
    if (size == 6) {
      if (y == 0) { h0 = filterRow(6, 0, g00, g10, g20); h1 = filterRow(6, 0, g01, g11, g21); h2 = filterRow(6, 0, g02, g12, g22); }
      else if (y == 1) { h0 = filterRow(6, 1, g00, g10, g20); h1 = filterRow(6, 1, g01, g11, g21); h2 = filterRow(6, 1, g02, g12, g22); }
      else if (y == 2) { h0 = filterRow(6, 2, g00, g10, g20); h1 = filterRow(6, 2, g01, g11, g21); h2 = filterRow(6, 2, g02, g12, g22); }
      else if (y == 3) { h0 = filterRow(6, 3, g00, g10, g20); h1 = filterRow(6, 3, g01, g11, g21); h2 = filterRow(6, 3, g02, g12, g22); }
      else if (y == 4) { h0 = filterRow(6, 4, g00, g10, g20); h1 = filterRow(6, 4, g01, g11, g21); h2 = filterRow(6, 4, g02, g12, g22); }
      else { h0 = g20; h1 = g21; h2 = g22; }
      v128.store(to, filterRow(6, 0, h0, h1, h2));
      v128.store(to + plane, filterRow(6, 1, h0, h1, h2));
      v128.store(to + 2 * plane, filterRow(6, 2, h0, h1, h2));
      v128.store(to + 3 * plane, filterRow(6, 3, h0, h1, h2));
      v128.store(to + 4 * plane, filterRow(6, 4, h0, h1, h2));
      v128.store(to + 5 * plane, h2);
      to += 6 * plane;
    } else {
      if (y == 1) { h0 = filterRow(4, 1, g00, g10, g20); h1 = filterRow(4, 1, g01, g11, g21); h2 = filterRow(4, 1, g02, g12, g22); }
      else if (y == 2) { h0 = filterRow(4, 2, g00, g10, g20); h1 = filterRow(4, 2, g01, g11, g21); h2 = filterRow(4, 2, g02, g12, g22); }
      else if (y == 3) { h0 = g20; h1 = g21; h2 = g22; }
      v128.store(to, h0);
      v128.store(to + plane, filterRow(4, 1, h0, h1, h2));
      v128.store(to + 2 * plane, filterRow(4, 2, h0, h1, h2));
      v128.store(to + 3 * plane, h2);
      to += 4 * plane;
    }
  }
}

/**
 * Transforms filters [3, 3, ci, co] to panels [size²][n / 8][k][8]. Words: 1 filter, 2 panels, 3 ci, 4 co, 5 size of a
 * tile (6 or 4), 6 whether for the gradient by the input: the filter turned by 180 degrees with ci and co exchanged,
 * so that k is co and n is ci.
 */
export function winogradFilter(command: usize, scratch: usize): void {
  if (int(command, 5) == 6) transformFilters(6, command, scratch);
  else transformFilters(4, command, scratch);
}

// @ts-ignore: decorator
@inline
function transformFilters(size: i32, command: usize, scratch: usize): void {
  const filter = address(command, 1), panels = address(command, 2);
  const ci = int(command, 3), co = int(command, 4), turned = int(command, 6);
  const k = turned ? co : ci, n = turned ? ci : co;
  const across = (n + 7) >> 3;
  const plane = ((<usize>(across * k)) << 5) + PAD;
  const tap = (<usize>(ci * co)) << 2;
  const four = scratch; // [size²][4 columns][4 rows], before they are transposed
  for (let task = takeTask(across); task < across; task = takeTask(across)) {
    const panel = panels + ((<usize>(task * k)) << 5);
    const j0 = task * 8;
    if (!turned) {
      for (let row = 0; row < k; row++)
        for (let half = 0; half < 8; half += 4)
          transformFilter(size, filter + ((<usize>(row * co + j0 + half)) << 2), tap, n - j0 - half, false,
            panel + ((<usize>row) << 5) + ((<usize>half) << 2), plane);
      continue;
    }
    for (let row = 0; row < k; row += 4) {
      const part = least(4, k - row);
      for (let half = 0; half < 8; half += 4) {
        const j = j0 + half;
        for (let column = 0; column < 4; column++)
          transformFilter(size, filter + ((<usize>((j + column) * co + row)) << 2), tap, j + column < n ? part : 0, true,
            four + ((<usize>column) << 4), 64);
        for (let s = 0; s < size * size; s++) {
          const from = four + ((<usize>s) << 6);
          const r0 = v128.load(from), r1 = v128.load(from, 16), r2 = v128.load(from, 32), r3 = v128.load(from, 48);
          const t0 = i32x4.shuffle(r0, r1, 0, 4, 1, 5), t1 = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
          const t2 = i32x4.shuffle(r0, r1, 2, 6, 3, 7), t3 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
          const at = panel + (<usize>s) * plane + ((<usize>row) << 5) + ((<usize>half) << 2);
          v128.store(at, i64x2.shuffle(t0, t1, 0, 2));
          if (part > 1) v128.store(at, i64x2.shuffle(t0, t1, 1, 3), 32);
          if (part > 2) v128.store(at, i64x2.shuffle(t2, t3, 0, 2), 64);
          if (part > 3) v128.store(at, i64x2.shuffle(t2, t3, 1, 3), 96);
        }
      }
    }
  }
}

/** Writes zeros; bytes is a multiple of 16. */
// @ts-ignore: decorator
@inline
function clear(to: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, zero);
}

/**
 * Copies a tile that sticks out of the image to [size][size][deep], with zeros outside; deep are the channels rounded up
 * to a multiple of 4, with zeros beyond the last.
 */
function gatherTile(image: usize, h: i32, w: i32, channels: i32, y0: i32, x0: i32, size: i32, deep: i32, to: usize): void {
  const pixel = (<usize>channels) << 2, wide = (<usize>deep) << 2;
  for (let y = 0; y < size; y++) {
    const iy = y0 + y;
    for (let x = 0; x < size; x++, to += wide) {
      const ix = x0 + x;
      if (iy < 0 || iy >= h || ix < 0 || ix >= w) {
        clear(to, wide);
        continue;
      }
      const from = image + (<usize>(iy * w + ix)) * pixel;
      let i: usize = 0;
      for (; i + 16 <= pixel; i += 16) v128.store(to + i, v128.load(from + i));
      if (i < pixel) {
        v128.store(to + i, f32x4.splat(0));
        for (; i < pixel; i += 4) store<f32>(to + i, load<f32>(from + i));
      }
    }
  }
}

/**
 * Finds where each of up to four tiles can be read: in the image, or, where it sticks out, in a copy at `copies`. Writes
 * address, bytes of a line and bytes of a pixel of each to `places`.
 */
function placeTiles(
  x: usize, h: i32, w: i32, channels: i32, first: i32, count: i32, perImage: i32, right: i32, step: i32, size: i32, top: i32, left: i32,
  copies: usize, places: usize,
): void {
  const deep = (channels + 3) & ~3;
  const pixel = (<usize>channels) << 2, line = (<usize>w) * pixel;
  for (let t = 0; t < count; t++) {
    const index = first + t;
    const place = index % perImage;
    const y0 = (place / right) * step - top, x0 = (place % right) * step - left;
    const image = x + (<usize>(index / perImage)) * (<usize>h) * line;
    const at = places + ((<usize>t) << 4);
    if (y0 >= 0 && x0 >= 0 && y0 + size <= h && x0 + size <= w && deep == channels) {
      store<u32>(at, <u32>(image + (<usize>y0) * line + (<usize>x0) * pixel));
      store<u32>(at, <u32>line, 4);
      store<u32>(at, <u32>pixel, 8);
      continue;
    }
    const copy = copies + (<usize>(t * size * size)) * ((<usize>deep) << 2);
    gatherTile(image, h, w, channels, y0, x0, size, deep, copy);
    store<u32>(at, <u32>copy);
    store<u32>(at, (<u32>(size * deep)) << 2, 4);
    store<u32>(at, (<u32>deep) << 2, 8);
  }
}

/** Transforms four channels of one tile, through `half`, and writes plane s to `to` + s·plane. */
// @ts-ignore: decorator
@inline
function transformInput(size: i32, at: usize, pixel: usize, line: usize, half: usize, to: usize, plane: usize): void {
  if (size == 6) {
    for (let x: usize = 0; x < 6; x++) input6(at + x * pixel, line, half + (x << 4), 96);
    for (let y: usize = 0; y < 6; y++) input6(half + y * 96, 16, to + 6 * y * plane, plane);
  } else {
    for (let x: usize = 0; x < 4; x++) input4(at + x * pixel, line, half + (x << 4), 64);
    for (let y: usize = 0; y < 4; y++) input4(half + (y << 6), 16, to + 4 * y * plane, plane);
  }
}

/** Turns [planes][4 tiles][4 channels] into panels [4 channels][4 tiles], `plane` bytes apart. */
// @ts-ignore: decorator
@inline
function transposeFour(planes: i32, from: usize, to: usize, plane: usize): void {
  for (let s = 0; s < planes; s++) {
    const r0 = v128.load(from), r1 = v128.load(from, 16), r2 = v128.load(from, 32), r3 = v128.load(from, 48);
    storeTransposed(r0, r1, r2, r3, to, 16);
    from += 64;
    to += plane;
  }
}

/**
 * A convolution. Words: 1 x, 2 panels, 3 y, 4 batch, 5-6 rows and columns of x, 7 ci, 8-9 of y, 10 co, 11-12 padding above
 * and on the left, 13 size of a tile, 14 tiles and 15 output channels (a multiple of 8) of a task, 16 epilogue or 0.
 */
export function winograd(command: usize, scratch: usize): void {
  if (int(command, 13) == 6) convolve(6, command, scratch);
  else convolve(4, command, scratch);
}

// @ts-ignore: decorator
@inline
function convolve(size: i32, command: usize, scratch: usize): void {
  const x = address(command, 1), panels = address(command, 2), y = address(command, 3);
  const batch = int(command, 4), h = int(command, 5), w = int(command, 6), ci = int(command, 7);
  const oh = int(command, 8), ow = int(command, 9), co = int(command, 10);
  const top = int(command, 11), left = int(command, 12);
  const many = int(command, 14), broad = int(command, 15), after = address(command, 16);
  const step = size - 2;
  const squares = size * size;
  const down = (oh + step - 1) / step, right = (ow + step - 1) / step;
  const perImage = down * right, tiles = batch * perImage;
  const blocks = (tiles + many - 1) / many, across = (co + broad - 1) / broad;
  const deep = (ci + 3) & ~3;
  const panelV = (<usize>deep) << 4; // four tiles
  const planeV = (<usize>(many >> 2)) * panelV + PAD;
  const tile = scratch + 128, half = tile + 640;
  const four = half + 640; // four tiles' transforms [size²][4 tiles][4 channels], before they are transposed
  const places = four + 2304; // of four tiles
  const copies = places + 64;
  const v = copies + (<usize>(4 * squares)) * ((<usize>deep) << 2) + 64;
  const m = v + (<usize>squares) * planeV;
  const planeU = ((<usize>(((co + 7) >> 3) * ci)) << 5) + PAD;
  for (let task = takeTask(blocks * across); task < blocks * across; task = takeTask(blocks * across)) {
    const first = (task / across) * many;
    const count = least(many, tiles - first);
    const c0 = (task % across) * broad;
    const wide = least(broad, co - c0);
    const planeM = (<usize>many) * ((<usize>((wide + 3) & ~3)) << 2) + PAD;
    const rowM = (<usize>((wide + 3) & ~3)) << 2;
    for (let t0 = 0; t0 < count; t0 += 4) {
      const last = least(count, t0 + 4);
      placeTiles(x, h, w, ci, first + t0, last - t0, perImage, right, step, size, top, left, copies, places);
      for (let c = 0; c < ci; c += 4) {
        const at = (<usize>c) << 2;
        for (let t = 0; t < last - t0; t++) {
          const place = places + ((<usize>t) << 4);
          transformInput(size, load<u32>(place) + at, load<u32>(place, 8), load<u32>(place, 4), half, four + ((<usize>t) << 4), 64);
        }
        transposeFour(squares, four, v + (<usize>(t0 >> 2)) * panelV + ((<usize>c) << 4), planeV);
      }
    }
    for (let s = 0; s < squares; s++)
      multiply(count, wide, ci, v + (<usize>s) * planeV, panelV, 16,
        panels + (<usize>s) * planeU + ((<usize>((c0 >> 3) * ci)) << 5), (<usize>ci) << 5,
        m + (<usize>s) * planeM, rowM, false, scratch);
    for (let t = 0; t < count; t++) {
      const index = first + t;
      const b = index / perImage, place = index % perImage;
      const y0 = (place / right) * step, x0 = (place % right) * step;
      const rows = least(step, oh - y0), columns = least(step, ow - x0);
      const from = m + (<usize>t) * rowM;
      const out = y + ((<usize>(((b * oh + y0) * ow + x0) * co + c0)) << 2);
      const outPixel = (<usize>co) << 2, outLine = (<usize>ow) * outPixel;
      for (let c = 0; c < wide; c += 4) {
        const at = from + ((<usize>c) << 2);
        if (size == 6) {
          for (let i: usize = 0; i < 6; i++) output6(at + i * planeM, 6 * planeM, half + (i << 4), 96);
          for (let i: usize = 0; i < 4; i++) output6(half + i * 96, 16, tile + (i << 6), 16);
        } else {
          for (let i: usize = 0; i < 4; i++) output4(at + i * planeM, 4 * planeM, half + (i << 4), 64);
          for (let i: usize = 0; i < 2; i++) output4(half + (i << 6), 16, tile + (i << 5), 16);
        }
        const target = out + ((<usize>c) << 2);
        const part = least(4, wide - c);
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++) {
            const value = v128.load(tile + ((<usize>(i * step + j)) << 4));
            const place = target + (<usize>i) * outLine + (<usize>j) * outPixel;
            if (part == 4) v128.store(place, value);
            else {
              store<f32>(place, f32x4.extract_lane(value, 0));
              if (part > 1) store<f32>(place, f32x4.extract_lane(value, 1), 4);
              if (part > 2) store<f32>(place, f32x4.extract_lane(value, 2), 8);
            }
          }
      }
    }
    if (after) finish(after, first, count, perImage, right, step, oh, ow, co, c0, wide, v);
  }
}

/** Runs the epilogue on what a block of tiles has made: along each row, neighbouring tiles together. */
function finish(
  after: usize, first: i32, count: i32, perImage: i32, right: i32, step: i32,
  oh: i32, ow: i32, co: i32, c0: i32, wide: i32, scratch: usize,
): void {
  let t = first;
  const end = first + count;
  while (t < end) {
    const b = t / perImage, place = t % perImage;
    const ty = place / right, tx = place % right;
    const run = least(right - tx, end - t);
    const x0 = tx * step;
    const columns = least(run * step, ow - x0);
    const rows = least(step, oh - ty * step);
    for (let i = 0; i < rows; i++) {
      const pixel = (b * oh + ty * step + i) * ow + x0;
      if (wide == co) epilogue(after, pixel * co, columns * co, scratch);
      else for (let j = 0; j < columns; j++) epilogue(after, (pixel + j) * co + c0, wide, scratch);
    }
    t += run;
  }
}

/**
 * Transforms all tiles of x for the gradient of the filter, to [36][c / 4][tiles][4]. Words: 1 x, 2 to, 3 first image,
 * 4 images, 5-6 rows and columns of x, 7 channels, 8-9 tiles down and on the right, 10-11 padding above and on the left,
 * 12 tiles of a task.
 */
export function winogradTiles(command: usize, scratch: usize): void {
  const x = address(command, 1), out = address(command, 2);
  const begin = int(command, 3), images = int(command, 4), h = int(command, 5), w = int(command, 6), channels = int(command, 7);
  const down = int(command, 8), right = int(command, 9), top = int(command, 10), left = int(command, 11), many = int(command, 12);
  const perImage = down * right, tiles = images * perImage;
  const parts = (channels + 3) >> 2;
  const plane = ((<usize>(parts * tiles)) << 4) + PAD;
  const images0 = x + (<usize>begin) * ((<usize>(h * w * channels)) << 2);
  const half = scratch, places = half + 640, copies = places + 64;
  const blocks = (tiles + many - 1) / many;
  for (let task = takeTask(blocks); task < blocks; task = takeTask(blocks))
    for (let t0 = task * many, end = least(tiles, t0 + many); t0 < end; t0 += 4) {
      const count = least(4, end - t0);
      placeTiles(images0, h, w, channels, t0, count, perImage, right, 4, 6, top, left, copies, places);
      for (let c = 0; c < channels; c += 4) {
        const at = (<usize>c) << 2;
        for (let t = 0; t < count; t++) {
          const place = places + ((<usize>t) << 4);
          transformInput(6, load<u32>(place) + at, load<u32>(place, 8), load<u32>(place, 4), half,
            out + ((<usize>((c >> 2) * tiles + t0 + t)) << 4), plane);
        }
      }
    }
}

/**
 * Spreads all tiles of dy for the gradient of the filter, to panels [36][c / 8][tiles][8]. Words: 1 dy, 2 to, 3 first
 * image, 4 images, 5-6 rows and columns of dy, 7 channels, 8 tiles of a task.
 */
export function winogradSpread(command: usize, scratch: usize): void {
  const dy = address(command, 1), out = address(command, 2);
  const begin = int(command, 3), images = int(command, 4), h = int(command, 5), w = int(command, 6), channels = int(command, 7);
  const many = int(command, 8);
  const down = (h + 3) >> 2, right = (w + 3) >> 2;
  const perImage = down * right, tiles = images * perImage;
  const panels = (channels + 7) >> 3;
  const plane = ((<usize>(panels * tiles)) << 5) + PAD;
  const images0 = dy + (<usize>begin) * ((<usize>(h * w * channels)) << 2);
  const half = scratch, places = half + 640, copies = places + 64;
  const blocks = (tiles + many - 1) / many;
  for (let task = takeTask(blocks); task < blocks; task = takeTask(blocks))
    for (let t0 = task * many, end = least(tiles, t0 + many); t0 < end; t0 += 4) {
      const count = least(4, end - t0);
      placeTiles(images0, h, w, channels, t0, count, perImage, right, 4, 4, 0, 0, copies, places);
      for (let c = 0; c < panels * 8; c += 4)
        for (let t = 0; t < count; t++) {
          const to = out + ((<usize>((c >> 3) * tiles + t0 + t)) << 5) + ((<usize>(c & 4)) << 2);
          if (c >= channels) {
            for (let s: usize = 0; s < 36; s++) v128.store(to + s * plane, f32x4.splat(0));
            continue;
          }
          const place = places + ((<usize>t) << 4);
          const at = <usize>load<u32>(place) + ((<usize>c) << 2);
          const pixel = <usize>load<u32>(place, 8), line = <usize>load<u32>(place, 4);
          for (let i: usize = 0; i < 4; i++) spread6(at + i * pixel, line, half + (i << 4), 64);
          for (let i: usize = 0; i < 6; i++) spread6(half + (i << 6), 16, to + 6 * i * plane, plane);
        }
    }
}

/**
 * Products of the transformed tiles: dU[36][ci][co] (+)= sum over tiles. Words: 1 tiles of x, 2 panels of dy, 3 dU, 4 tiles,
 * 5 ci, 6 co, 7 whether to add, 8 rows of a task (a multiple of 4).
 */
export function winogradProducts(command: usize, scratch: usize): void {
  const v = address(command, 1), m = address(command, 2), u = address(command, 3);
  const tiles = int(command, 4), ci = int(command, 5), co = int(command, 6), more = int(command, 7), tall = int(command, 8);
  const parts = (ci + 3) >> 2, panels = (co + 7) >> 3;
  const panelA = (<usize>tiles) << 4, panelB = (<usize>tiles) << 5;
  const down = (ci + tall - 1) / tall;
  const pitch = (<usize>co) << 2;
  for (let task = takeTask(36 * down); task < 36 * down; task = takeTask(36 * down)) {
    const s = <usize>(task / down);
    const i = (task % down) * tall;
    multiply(least(tall, ci - i), co, tiles, v + s * ((<usize>parts) * panelA + PAD) + (<usize>(i >> 2)) * panelA, panelA, 16,
      m + s * ((<usize>panels) * panelB + PAD), panelB, u + (s * (<usize>ci) + (<usize>i)) * pitch, pitch, more != 0, scratch);
  }
}

/** The transposed filter transform of one row: sum over i of G[i][r] u[i]. */
// @ts-ignore: decorator
@inline
function gather3(u0: v128, u1: v128, u2: v128, u3: v128, u4: v128, u5: v128, r: i32): v128 {
  if (r == 0)
    return madd(constant(25), u0, madd(constant(28), f32x4.add(u3, u4), f32x4.mul(constant(26), f32x4.add(u1, u2))));
  if (r == 1)
    return madd(constant(27), f32x4.sub(u2, u1), f32x4.mul(constant(29), f32x4.sub(u3, u4)));
  return madd(constant(27), f32x4.sub(f32x4.add(u3, u4), f32x4.add(u1, u2)), u5);
}

/** dW = G^T dU G. Words: 1 dU, 2 dW [3, 3, ci, co], 3 ci·co, 4 numbers of a task (a multiple of 4). */
export function winogradFilterGradient(command: usize, scratch: usize): void {
  const u = address(command, 1), dw = address(command, 2);
  const size = int(command, 3), grain = int(command, 4);
  const plane = (<usize>size) << 2;
  const half = scratch;
  const tasks = (size + grain - 1) / grain;
  for (let task = takeTask(tasks); task < tasks; task = takeTask(tasks))
    for (let i = task * grain, end = least(size, i + grain); i < end; i += 4) {
      const part = least(4, size - i);
      const at = u + ((<usize>i) << 2);
      for (let x: usize = 0; x < 6; x++) {
        const from = at + x * plane;
        const u0 = v128.load(from), u1 = v128.load(from + 6 * plane), u2 = v128.load(from + 12 * plane);
        const u3 = v128.load(from + 18 * plane), u4 = v128.load(from + 24 * plane), u5 = v128.load(from + 30 * plane);
        v128.store(half + (x << 4), gather3(u0, u1, u2, u3, u4, u5, 0));
        v128.store(half + 96 + (x << 4), gather3(u0, u1, u2, u3, u4, u5, 1));
        v128.store(half + 192 + (x << 4), gather3(u0, u1, u2, u3, u4, u5, 2));
      }
      for (let r: usize = 0; r < 3; r++) {
        const from = half + r * 96;
        const u0 = v128.load(from), u1 = v128.load(from, 16), u2 = v128.load(from, 32);
        const u3 = v128.load(from, 48), u4 = v128.load(from, 64), u5 = v128.load(from, 80);
        for (let q = 0; q < 3; q++) {
          const value = q == 0 ? gather3(u0, u1, u2, u3, u4, u5, 0) : q == 1 ? gather3(u0, u1, u2, u3, u4, u5, 1) : gather3(u0, u1, u2, u3, u4, u5, 2);
          const to = dw + (3 * r + <usize>q) * plane + ((<usize>i) << 2);
          if (part == 4) v128.store(to, value);
          else {
            store<f32>(to, f32x4.extract_lane(value, 0));
            if (part > 1) store<f32>(to, f32x4.extract_lane(value, 1), 4);
            if (part > 2) store<f32>(to, f32x4.extract_lane(value, 2), 8);
          }
        }
      }
    }
}

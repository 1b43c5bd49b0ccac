import { address, int, least, takeTask } from "./layout";
import { multiply, packPanel, packRows } from "./gemm";
import { epilogue } from "./elementwise";

/**
 * Convolutions of any kind as products with gathered patches. Places (q, r) of a grid read input rows
 * q·strideY + i·tapY + originY for taps i, and write output row q·outStrideY + outOriginY: forward convolutions with
 * strides and dilations, and each phase of the gradient by the input.
 */

/**
 * Packs a filter [kh, kw, ci, co] for the taps first, first + step, ... . Words: 1 filter, 2 panels [n / 8][taps·k][8],
 * 3 kw of the filter, 4 ci, 5 co, 6-8 first, step and number of taps down, 9-11 across, 12 whether ci and co change
 * places.
 */
export function packFilter(command: usize): void {
  const filter = address(command, 1), panels = address(command, 2);
  const kw = int(command, 3), ci = int(command, 4), co = int(command, 5);
  const firstY = int(command, 6), stepY = int(command, 7), tapsY = int(command, 8);
  const firstX = int(command, 9), stepX = int(command, 10), tapsX = int(command, 11), turned = int(command, 12);
  const k = turned ? co : ci, n = turned ? ci : co;
  const across = (n + 7) >> 3;
  const depth = tapsY * tapsX * k;
  for (let task = takeTask(across); task < across; task = takeTask(across)) {
    let to = panels + ((<usize>(task * depth)) << 5);
    const wide = least(8, n - task * 8);
    for (let y = 0; y < tapsY; y++)
      for (let x = 0; x < tapsX; x++) {
        const tap = filter + ((<usize>(((firstY + y * stepY) * kw + firstX + x * stepX) * ci * co)) << 2);
        if (!turned) {
          packPanel(tap + ((<usize>task) << 5), (<usize>co) << 2, k, wide, to);
          to += (<usize>k) << 5;
          continue;
        }
        for (let i = 0; i < k; i++, to += 32)
          for (let j = 0; j < 8; j++) {
            const from = tap + ((<usize>((task * 8 + j) * co + i)) << 2);
            store<f32>(to + ((<usize>j) << 2), j < wide ? load<f32>(from) : 0);
          }
      }
  }
}

/** Copies `count` floats, or zeros where there is no source. */
// @ts-ignore: decorator
@inline
function copyOrZero(to: usize, from: usize, count: i32, there: bool): void {
  const bytes = (<usize>count) << 2;
  let i: usize = 0;
  if (there) {
    for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.load(from + i));
    for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(from + i));
    return;
  }
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, f32x4.splat(0));
  for (; i < bytes; i += 4) store<f32>(to + i, 0);
}

/**
 * A convolution. Words: 1 x, 2 panels, 3 y, 4 batch, 5-6 rows and columns of x, 7 ci, 8-9 rows and columns of the grid,
 * 10-11 of y, 12 co, 13-14 strides of the grid in y, 15-16 its origin there, 17-18 strides in x, 19-20 steps of taps,
 * 21-22 origin in x, 23-24 taps, 25 places and 26 output channels (a multiple of 8) of a task, 27 epilogue or 0,
 * 28 whether y takes the rows as they come (a grid that is all of y).
 */
export function convolution(command: usize, scratch: usize): void {
  const x = address(command, 1), panels = address(command, 2), y = address(command, 3);
  const batch = int(command, 4), h = int(command, 5), w = int(command, 6), ci = int(command, 7);
  const gh = int(command, 8), gw = int(command, 9), oh = int(command, 10), ow = int(command, 11), co = int(command, 12);
  const outStrideY = int(command, 13), outStrideX = int(command, 14), outY = int(command, 15), outX = int(command, 16);
  const strideY = int(command, 17), strideX = int(command, 18), tapY = int(command, 19), tapX = int(command, 20);
  const originY = int(command, 21), originX = int(command, 22), tapsY = int(command, 23), tapsX = int(command, 24);
  const many = int(command, 25), broad = int(command, 26), after = address(command, 27), dense = int(command, 28);
  const depth = tapsY * tapsX * ci;
  const places = batch * gh * gw;
  const rowBytes = (<usize>depth) << 2;
  const blocks = (places + many - 1) / many, across = (co + broad - 1) / broad;
  const results = scratch + 128;
  const four = results + (<usize>many) * ((<usize>((broad + 3) & ~3)) << 2) + 64; // four patches as rows, before they become a panel
  const patches = four + 4 * rowBytes + 64; // last: the epilogue's registers follow, or take its place
  const pixel = (<usize>ci) << 2;
  for (let task = takeTask(blocks * across); task < blocks * across; task = takeTask(blocks * across)) {
    const first = (task / across) * many;
    const count = least(many, places - first);
    const c0 = (task % across) * broad;
    const wide = least(broad, co - c0);
    for (let p = 0; p < count; p++) {
      const place = first + p;
      const b = place / (gh * gw), inside = place % (gh * gw);
      const y0 = (inside / gw) * strideY + originY, x0 = (inside % gw) * strideX + originX;
      const image = x + (<usize>(b * h * w)) * pixel;
      let to = four + (<usize>(p & 3)) * rowBytes;
      for (let i = 0; i < tapsY; i++) {
        const iy = y0 + i * tapY;
        const row = iy >= 0 && iy < h;
        for (let j = 0; j < tapsX; j++) {
          const ix = x0 + j * tapX;
          copyOrZero(to, image + (<usize>(iy * w + ix)) * pixel, ci, row && ix >= 0 && ix < w);
          to += pixel;
        }
      }
      if ((p & 3) == 3 || p + 1 == count) packRows(four, rowBytes, depth, (p & 3) + 1, patches + (<usize>(p & ~3)) * rowBytes);
    }
    const b = panels + ((<usize>((c0 >> 3) * depth)) << 5);
    if (dense) {
      const pitch = (<usize>co) << 2;
      multiply(count, wide, depth, patches, rowBytes << 2, 16, b, (<usize>depth) << 5, y + (<usize>first) * pitch + ((<usize>c0) << 2), pitch, false, scratch);
      if (after) {
        if (wide == co) epilogue(after, first * co, count * co, patches);
        else for (let p = 0; p < count; p++) epilogue(after, (first + p) * co + c0, wide, patches);
      }
      continue;
    }
    const pitch = (<usize>((wide + 3) & ~3)) << 2;
    multiply(count, wide, depth, patches, rowBytes << 2, 16, b, (<usize>depth) << 5, results, pitch, false, scratch);
    for (let p = 0; p < count; p++) {
      const place = first + p;
      const b = place / (gh * gw), inside = place % (gh * gw);
      const oy = (inside / gw) * outStrideY + outY, ox = (inside % gw) * outStrideX + outX;
      const at = ((b * oh + oy) * ow + ox) * co + c0;
      copyOrZero(y + ((<usize>at) << 2), results + (<usize>p) * pitch, wide, true);
      if (after) epilogue(after, at, wide, patches);
    }
  }
}

/** Places that are multiplied at a time in the gradient of a filter. */
const PLACES: i32 = 256;

/**
 * The gradient of a filter [kh, kw, ci, co], one product of all places for each tap. Words: 1 x, 2 dy, 3 filter's
 * gradient, 4 batch, 5-6 rows and columns of x, 7 ci, 8-9 of dy, 10 co, 11-12 strides, 13-14 steps of taps, 15-16 padding,
 * 17-18 taps, 19 rows (input channels) of a task, a multiple of 4.
 */
export function filterGradient(command: usize, scratch: usize): void {
  const x = address(command, 1), dy = address(command, 2), dw = address(command, 3);
  const batch = int(command, 4), h = int(command, 5), w = int(command, 6), ci = int(command, 7);
  const oh = int(command, 8), ow = int(command, 9), co = int(command, 10);
  const strideY = int(command, 11), strideX = int(command, 12), tapY = int(command, 13), tapX = int(command, 14);
  const top = int(command, 15), left = int(command, 16), tapsY = int(command, 17), tapsX = int(command, 18), tall = int(command, 19);
  const places = batch * oh * ow;
  const parts = (ci + tall - 1) / tall;
  const pixel = (<usize>ci) << 2, pitch = (<usize>co) << 2;
  const a = scratch + 128;
  const b = a + (<usize>((tall + 3) & ~3)) * ((<usize>PLACES) << 2) + 64;
  for (let task = takeTask(tapsY * tapsX * parts); task < tapsY * tapsX * parts; task = takeTask(tapsY * tapsX * parts)) {
    const tap = task / parts, c0 = (task % parts) * tall;
    const rows = least(tall, ci - c0);
    const y0 = (tap / tapsX) * tapY - top, x0 = (tap % tapsX) * tapX - left;
    const to = dw + ((<usize>(tap * ci + c0)) * pitch);
    for (let first = 0; first < places || first == 0; first += PLACES) {
      const count = least(PLACES, places - first);
      for (let p = 0; p < count; p++) {
        const place = first + p;
        const image = place / (oh * ow), inside = place % (oh * ow);
        const iy = (inside / ow) * strideY + y0, ix = (inside % ow) * strideX + x0;
        const there = iy >= 0 && iy < h && ix >= 0 && ix < w;
        const from = x + (<usize>((image * h + iy) * w + ix)) * pixel + ((<usize>c0) << 2);
        for (let c = 0; c < rows; c += 4) {
          let v = f32x4.splat(0);
          if (there) v = v128.load(from + ((<usize>c) << 2));
          v128.store(a + ((<usize>((c >> 2) * PLACES + p)) << 4), v);
        }
      }
      for (let j = 0; j < co; j += 8)
        packPanel(dy + (<usize>first) * pitch + ((<usize>j) << 2), pitch, count, co - j, b + ((<usize>((j >> 3) * PLACES)) << 5));
      multiply(rows, co, count, a, (<usize>PLACES) << 4, 16, b, (<usize>PLACES) << 5, to, pitch, first > 0, scratch);
    }
  }
}

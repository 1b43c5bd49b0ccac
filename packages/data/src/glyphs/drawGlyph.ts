import { integers, normal, split, uniform, type Key } from "@nonmarkov/random";
import { paint } from "./paint.ts";
import { shapes, type Stroke } from "./shapes.ts";
import { spline, type Polyline } from "./spline.ts";

/**
 * Draws a digit into an image of size x size numbers in [-1, 1], light strokes on a dark ground: one of the ways to
 * write it, its points shaken, then sheared, turned, stretched and bent. As in MNIST the longer side of the digit is 20
 * of 28 pixels, and its centre of mass is the image's.
 * @param digit 0..9
 * @param key everything random about it
 * @param out size·size numbers, all of which are overwritten
 */
export const drawGlyph = (digit: number, key: Key, size: number, out: Float32Array): void => {
  const [which, points, affine, waves, pen] = split(key, 5) as [Key, Key, Key, Key, Key];
  const variants = shapes[digit]!;
  const variant = variants[integers(which, 1, 0, variants.length)[0]!]!;
  const move = moving(affine, waves);
  const lines = shaken(variant, points).map((stroke) => moved(spline(stroke), move));
  const unit = size / 28;
  const [thick, taper] = normal(pen, 2);
  const radius = unit * Math.min(1.8, Math.max(0.75, 1.2 * Math.exp(0.22 * thick!)));
  paint(placed(lines, 20 * unit - 2 * radius, size), radius, 1 + 0.15 * Math.tanh(taper!), size, out);
};

/** How far the points of a stroke are from where they should be, in units of the digit's height. */
const SHAKE = 0.023;

const shaken = (strokes: readonly Stroke[], key: Key): readonly Stroke[] => {
  const z = normal(key, 2 * strokes.reduce((n, stroke) => n + stroke.length, 0));
  let i = 0;
  return strokes.map((stroke) =>
    stroke.map(([x, y, corner]) => {
      const point = [x + SHAKE * z[i]!, y + SHAKE * z[i + 1]!] as const;
      i += 2;
      return corner === undefined ? point : ([...point, corner] as const);
    }),
  );
};

type Move = (x: number, y: number) => readonly [x: number, y: number];

/** A random affine map after a random bend: slow waves along and across the digit. */
const moving = (affine: Key, waves: Key): Move => {
  const [za, zb, zc] = normal(affine, 3);
  const angle = 0.09 * za!;
  const slant = 0.12 + 0.18 * zb!;
  const width = Math.max(0.62, 0.88 * Math.exp(0.15 * zc!));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const u = uniform(waves, 8);
  /** The displacement along one axis: slow where the other axis changes, quick and small along its own. */
  const wave = (own: number, other: number, first: number, height: number): number =>
    height * (u[first]! + 0.3) * Math.sin(2 * Math.PI * (u[first + 1]! + (0.5 + u[first + 2]!) * other)) +
    0.02 * Math.sin(2 * Math.PI * (u[first + 3]! + own));
  return (x0, y0) => {
    const x1 = x0 - 0.5 + wave(x0, y0, 0, 0.045);
    const y1 = y0 - 0.5 + wave(y0, x0, 4, 0.035);
    const x2 = width * x1 - slant * y1;
    return [cos * x2 - sin * y1, sin * x2 + cos * y1];
  };
};

const moved = (line: Polyline, move: Move): Polyline => {
  const out: number[] = [];
  for (let i = 0; i < line.length; i += 2) out.push(...move(line[i]!, line[i + 1]!));
  return out;
};

/** Scales the lines so that their longer side is `length` pixels, and puts their centre of mass into the image's. */
const placed = (lines: readonly Polyline[], length: number, size: number): readonly Polyline[] => {
  const xs = lines.flatMap((line) => line.filter((_, i) => i % 2 === 0));
  const ys = lines.flatMap((line) => line.filter((_, i) => i % 2 === 1));
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = length / Math.max(right - left, bottom - top);
  const [massX, massY] = centreOfMass(lines);
  // off the middle by no more than 5/8 of the border that MNIST's 20 of 28 pixels leave
  const spare = ((5 / 16) * (size - (20 / 28) * size)) / scale;
  const shift = (low: number, mass: number, high: number): number =>
    size / 2 - scale * Math.min((low + high) / 2 + spare, Math.max((low + high) / 2 - spare, mass));
  const [dx, dy] = [shift(left, massX, right), shift(top, massY, bottom)];
  return lines.map((line) => line.map((value, i) => scale * value + (i % 2 === 0 ? dx : dy)));
};

/** Each piece weighs as much as it is long. */
const centreOfMass = (lines: readonly Polyline[]): readonly [x: number, y: number] => {
  let [mass, x, y] = [0, 0, 0];
  for (const line of lines)
    for (let i = 2; i < line.length; i += 2) {
      const length = Math.hypot(line[i]! - line[i - 2]!, line[i + 1]! - line[i - 1]!);
      mass += length;
      x += (length * (line[i]! + line[i - 2]!)) / 2;
      y += (length * (line[i + 1]! + line[i - 1]!)) / 2;
    }
  return [x / mass, y / mass];
};

import type { Attrs, Shape } from "../../../src/graph/graph.ts";

/** Numbers in row-major order. */
export type Numbers = readonly number[];

/** Numbers with a shape. */
export type Tensor = { readonly shape: Shape; readonly numbers: Numbers };

/** Computes a tensor of a given shape. */
export type Kernel = (inputs: readonly Tensor[], attrs: Attrs, shape: Shape) => Numbers;

const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** The coordinates of all places of a shape, in row-major order. */
export const placesOf = (shape: Shape): readonly (readonly number[])[] =>
  Array.from({ length: sizeOf(shape) }, (_, i) => {
    let rest = i;
    return shape.reduceRight<number[]>((coordinates, length) => {
      coordinates.unshift(rest % length);
      rest = Math.floor(rest / length);
      return coordinates;
    }, []);
  });

/** The number of a tensor at a place, or at that which broadcasts to it. */
export const at = ({ shape, numbers }: Tensor, place: readonly number[]): number => {
  const skipped = place.length - shape.length;
  const index = shape.reduce((sum, length, axis) => sum * length + (length === 1 ? 0 : place[axis + skipped]!), 0);
  return numbers[index]!;
};

/** f at every place, of numbers that broadcast to the shape. */
export const map =
  (f: (...args: number[]) => number): Kernel =>
  (inputs, _attrs, shape) =>
    placesOf(shape).map((place) => f(...inputs.map((input) => at(input, place))));

const transpose: Kernel = ([x], { perm }, shape) =>
  placesOf(shape).map((place) => {
    const source: number[] = [];
    (perm as number[]).forEach((axis, i) => (source[axis] = place[i]!));
    return at(x!, source);
  });

export const batchMatMul: Kernel = ([a, b], { transposeA = false, transposeB = false }, shape) => {
  const rank = a!.shape.length;
  const inner = a!.shape[transposeA ? rank - 2 : rank - 1]!;
  return placesOf(shape).map((place) => {
    const [batch, [row, column]] = [place.slice(0, -2), place.slice(-2) as [number, number]];
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum +=
        at(a!, [...batch, ...(transposeA ? [k, row] : [row, k])]) *
        at(b!, [...batch, ...(transposeB ? [column, k] : [k, column])]);
    return sum;
  });
};

/** How far apart windows are, of `strides` as one number or two; 1 where nothing is said. */
const stridesOf = ({ strides = 1 }: Attrs): readonly [number, number] =>
  typeof strides === "number" ? [strides, strides] : (strides as [number, number]);

/** Padded with zeros, so that windows begin at every place of the image that the strides leave: tfjs's "same". */
export const conv2d: Kernel = ([x, filter], attrs, shape) => {
  const [, height, width, channels] = x!.shape as [number, number, number, number];
  const [rows, columns] = filter!.shape as [number, number, number, number];
  const [down, right] = stridesOf(attrs);
  const before = (stride: number, taps: number, length: number, places: number): number =>
    Math.max(0, (places - 1) * stride + taps - length) >> 1;
  const [top, left] = [before(down, rows, height, shape[1]!), before(right, columns, width, shape[2]!)];
  return placesOf(shape).map(([n, i, j, out]) => {
    let sum = 0;
    for (let di = 0; di < rows; di++)
      for (let dj = 0; dj < columns; dj++) {
        const [y, z] = [i! * down + di - top, j! * right + dj - left];
        if (y < 0 || y >= height || z < 0 || z >= width) continue;
        for (let c = 0; c < channels; c++) sum += at(x!, [n!, y, z, c]) * at(filter!, [di, dj, c, out!]);
      }
    return sum;
  });
};

/** Over the axes of `axis`, which are kept with length 1 or left out. From -0, so that the sum of -0 is -0. */
const sum: Kernel = ([x], { axis }, shape) => {
  const axes = axis as readonly number[];
  const kept = x!.shape.map((length, i) => (axes.includes(i) ? 1 : length));
  const sums = new Array<number>(sizeOf(shape)).fill(-0);
  const strides = kept.map((length, i) => (length === 1 ? 0 : sizeOf(kept.slice(i + 1))));
  placesOf(x!.shape).forEach((place, i) => {
    const index = place.reduce((total, coordinate, j) => total + coordinate * strides[j]!, 0);
    sums[index]! += x!.numbers[i]!;
  });
  return sums;
};

const slice: Kernel = ([x], { begin }, shape) =>
  placesOf(shape).map((place) =>
    at(
      x!,
      place.map((coordinate, axis) => coordinate + (begin as number[])[axis]!),
    ),
  );

const tile: Kernel = ([x], _attrs, shape) =>
  placesOf(shape).map((place) =>
    at(
      x!,
      place.map((coordinate, axis) => coordinate % x!.shape[axis]!),
    ),
  );

const pad: Kernel = ([x], { paddings }, shape) =>
  placesOf(shape).map((place) => {
    const source = place.map((coordinate, axis) => coordinate - (paddings as number[][])[axis]![0]!);
    return source.every((coordinate, axis) => coordinate >= 0 && coordinate < x!.shape[axis]!) ? at(x!, source) : 0;
  });

/** Along `axis`, by default the first. */
export const concat: Kernel = (inputs, { axis = 0 }, shape) => {
  const along = (axis as number) < 0 ? (axis as number) + shape.length : (axis as number);
  return placesOf(shape).map((place) => {
    let before = 0;
    for (const input of inputs) {
      const length = input.shape[along]!;
      if (place[along]! < before + length) return at(input, place.with(along, place[along]! - before));
      before += length;
    }
    throw new RangeError("concat: the shape is longer than its parts");
  });
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** What tfjs's kernels, and those that are ours, compute; on float64 numbers, and without a thought of speed. */
export const kernels: Readonly<Record<string, Kernel>> = {
  Add: map((a, b) => a + b),
  Sub: map((a, b) => a - b),
  Multiply: map((a, b) => a * b),
  RealDiv: map((a, b) => a / b),
  Maximum: map(Math.max),
  Minimum: map(Math.min),
  SquaredDifference: map((a, b) => (a - b) * (a - b)),
  AddN: map((...terms) => terms.reduce((a, b) => a + b)),
  Neg: map((x) => -x),
  Square: map((x) => x * x),
  Sqrt: map(Math.sqrt),
  Abs: map(Math.abs),
  Relu: map((x) => Math.max(x, 0)),
  Exp: map(Math.exp),
  Sigmoid: map(sigmoid),
  Tanh: map(Math.tanh),
  Sin: map(Math.sin),
  Silu: map((x) => x * sigmoid(x)),
  SiluGrad: map((dy, x) => dy * (sigmoid(x) * (1 + x * (1 - sigmoid(x))))),
  Step: (inputs, { alpha }, shape) =>
    map((x) => (Number.isNaN(x) ? NaN : x > 0 ? 1 : (alpha as number)))(inputs, {}, shape),
  ClipByValue: (inputs, { clipValueMin, clipValueMax }, shape) =>
    map((x) => Math.min(Math.max(x, clipValueMin as number), clipValueMax as number))(inputs, {}, shape),
  Combine: (inputs, { coefs }, shape) =>
    map((...terms) =>
      terms
        .map((x, i) => x * (coefs as number[])[i]!)
        .filter((_, i) => (coefs as number[])[i] !== 0)
        .reduce((a, b) => a + b),
    )(inputs, {}, shape),
  Transpose: transpose,
  BatchMatMul: batchMatMul,
  Conv2D: conv2d,
  Sum: sum,
  Slice: slice,
  Tile: tile,
  PadV2: pad,
  Concat: concat,
  Cast: ([x]) => x!.numbers,
};

import type { Dtype, Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { type Command, type Lowering, type Place, float, input, opcodes, output } from "./lowering.ts";

const mostAxes = 6;

/** Row-major strides. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
};

/** A walk over two arrays at once, neighbouring axes joined where both go on: [length, source stride, target stride]. */
const joined = (lengths: Shape, from: readonly number[], to: readonly number[]) => {
  const axes: [number, number, number][] = [];
  for (let i = lengths.length - 1; i >= 0; i--) {
    const [length, a, b] = [lengths[i]!, from[i]!, to[i]!];
    if (length === 1) continue;
    const last = axes.at(-1);
    if (last !== undefined && a === last[1] * last[0] && b === last[2] * last[0]) last[0] *= length;
    else axes.push([length, a, b]);
  }
  return axes.length === 0 ? [[1, 1, 1] as [number, number, number]] : axes;
};

/** Copies `lengths` numbers along strides of both sides, counted in numbers of 32 bits; undefined for too many axes. */
export const moveCommand = (
  from: Place,
  to: Place,
  lengths: Shape,
  fromStrides: readonly number[],
  toStrides: readonly number[],
): Command | undefined => {
  const axes = joined(lengths, fromStrides, toStrides);
  if (axes.length > mostAxes) return undefined;
  const column = (i: 0 | 1 | 2, rest: number): number[] =>
    Array.from({ length: mostAxes }, (_, axis) => axes[axis]?.[i] ?? rest);
  const runs = axes.slice(1).reduce((n, [length]) => n * length, 1);
  const inner = axes[0]![0];
  const many = Math.max(1, Math.min(Math.ceil(runs / 8), Math.ceil(16384 / inner)));
  return {
    opcode: opcodes.move,
    words: [from, to, axes.length, ...column(0, 1), ...column(1, 0), ...column(2, 0), many],
  };
};

/** One result of one copy. */
const moved = (shape: Shape, dtype: Dtype, fromStrides: readonly number[], begin: number): Lowering | undefined => {
  const command = moveCommand(input(0, 4 * begin), output(0), shape, fromStrides, stridesOf(shape));
  return command === undefined
    ? undefined
    : { outputs: [{ shape, dtype }], temporaries: [], blocks: [], commands: [command] };
};

/** Axes in another order. */
export const transpose = (x: Shape, dtype: Dtype, perm: readonly number[]): Lowering | undefined => {
  const strides = stridesOf(x);
  const shape = perm.map((axis) => x[axis]!);
  const permuted = perm.map((axis) => strides[axis]!);
  // one pair of (joined) axes changes places at the end: by blocks
  const axes = joined(shape, permuted, stridesOf(shape));
  const [rows, columns] = axes;
  if (
    rows !== undefined &&
    columns !== undefined &&
    columns[1] === 1 &&
    rows[1] === columns[0] &&
    rows[2] === 1 &&
    axes.length <= 3
  ) {
    const batch = axes[2]?.[0] ?? 1;
    const contiguous =
      axes.length === 2 || (axes[2]![1] === rows[0] * columns[0] && axes[2]![2] === rows[0] * columns[0]);
    if (contiguous) {
      const many = Math.max(4, Math.ceil(Math.min(rows[0] / 4, 64) / 4) * 4);
      return {
        outputs: [{ shape, dtype }],
        temporaries: [],
        blocks: [],
        commands: [{ opcode: opcodes.transpose, words: [input(0), output(0), batch, rows[0], columns[0], many] }],
      };
    }
  }
  return moved(shape, dtype, permuted, 0);
};

/** A part of a tensor. */
export const slice = (x: Shape, dtype: Dtype, begin: readonly number[], size: Shape): Lowering | undefined => {
  const strides = stridesOf(x);
  return moved(
    size,
    dtype,
    strides,
    begin.reduce((at, b, i) => at + b * strides[i]!, 0),
  );
};

/** Axes backwards. */
export const reverse = (x: Shape, dtype: Dtype, axes: readonly number[]): Lowering | undefined => {
  const strides = stridesOf(x);
  const begin = axes.reduce((at, axis) => at + (x[axis]! - 1) * strides[axis]!, 0);
  return moved(
    x,
    dtype,
    strides.map((stride, i) => (axes.includes(i) ? -stride : stride)),
    begin,
  );
};

/** The whole, repeated along each axis. */
export const tile = (x: Shape, dtype: Dtype, reps: readonly number[]): Lowering | undefined => {
  const strides = stridesOf(x);
  const made = moved(
    x.flatMap((n, i) => [reps[i]!, n]),
    dtype,
    strides.flatMap((stride) => [0, stride]),
    0,
  );
  return made === undefined ? undefined : { ...made, outputs: [{ shape: x.map((n, i) => n * reps[i]!), dtype }] };
};

/** Nearest-neighbour enlargement of [batch, h, w, c] by whole factors. */
export const enlarge = (x: Shape, [fy, fx]: readonly [number, number]): Lowering | undefined => {
  const [b, h, w, c] = x as [number, number, number, number];
  const made = moved([b, h, fy, w, fx, c], "float32", [h * w * c, w * c, 0, c, 0, 1], 0);
  return made === undefined ? undefined : { ...made, outputs: [{ shape: [b, h * fy, w * fx, c], dtype: "float32" }] };
};

/** A tensor inside of a larger one that is filled with one number (given as its 32 bits). */
export const pad = (
  x: Shape,
  dtype: Dtype,
  paddings: readonly (readonly [number, number])[],
  bits: number,
): Lowering | undefined => {
  const shape = x.map((n, i) => n + paddings[i]![0] + paddings[i]![1]);
  const strides = stridesOf(shape);
  const begin = paddings.reduce((at, [before], i) => at + before * strides[i]!, 0);
  const command = moveCommand(input(0), output(0, 4 * begin), x, stridesOf(x), strides);
  if (command === undefined) return undefined;
  const commands = sizeOf(x) === 0 ? [fillCommand(sizeOf(shape), bits)] : [fillCommand(sizeOf(shape), bits), command];
  return { outputs: [{ shape, dtype }], temporaries: [], blocks: [], commands };
};

const fillCommand = (count: number, bits: number): Command => ({
  opcode: opcodes.fill,
  words: [output(0), count, bits, Math.max(1024, Math.ceil(count / 32) * 4)],
});

/** One number everywhere. */
export const fill = (shape: Shape, dtype: Dtype, bits: number): Lowering => ({
  outputs: [{ shape, dtype }],
  temporaries: [],
  blocks: [],
  commands: [fillCommand(sizeOf(shape), bits)],
});

/** Tensors one after the other along an axis. */
export const concat = (shapes: readonly Shape[], dtype: Dtype, axis: number): Lowering | undefined => {
  const shape = shapes[0]!.map((n, i) => (i === axis ? shapes.reduce((sum, s) => sum + s[axis]!, 0) : n));
  const strides = stridesOf(shape);
  const commands: Command[] = [];
  let at = 0;
  for (const [i, part] of shapes.entries()) {
    const command = moveCommand(input(i), output(0, 4 * at * strides[axis]!), part, stridesOf(part), strides);
    if (command === undefined) return undefined;
    if (sizeOf(part) > 0) commands.push(command);
    at += part[axis]!;
  }
  return { outputs: [{ shape, dtype }], temporaries: [], blocks: [], commands };
};

/** A tensor cut along an axis; `as` is the shape of each result, if it is not the part's. */
export const splitAlong = (
  x: Shape,
  dtype: Dtype,
  axis: number,
  sizes: readonly number[],
  as?: Shape,
): Lowering | undefined => {
  const strides = stridesOf(x);
  const commands: Command[] = [];
  let at = 0;
  const outputs = sizes.map((length) => ({ shape: x.map((n, i) => (i === axis ? length : n)), dtype }));
  for (const [i, { shape }] of outputs.entries()) {
    const command = moveCommand(input(0, 4 * at * strides[axis]!), output(i), shape, strides, stridesOf(shape));
    if (command === undefined) return undefined;
    if (sizeOf(shape) > 0) commands.push(command);
    at += sizes[i]!;
  }
  const results = as === undefined ? outputs : outputs.map(() => ({ shape: as, dtype }));
  return { outputs: results, temporaries: [], blocks: [], commands };
};

/** Means or maxima over windows that lie in the image. */
export const pool = (
  x: Shape,
  window: readonly [number, number],
  strides: readonly [number, number],
  kind: "mean" | "max",
): Lowering => {
  const [b, h, w, c] = x as [number, number, number, number];
  const [oh, ow] = [Math.floor((h - window[0]) / strides[0]) + 1, Math.floor((w - window[1]) / strides[1]) + 1];
  return {
    outputs: [{ shape: [b, oh, ow, c], dtype: "float32" }],
    temporaries: [],
    blocks: [],
    commands: [
      {
        opcode: opcodes.pool,
        words: [
          ...[input(0), output(0), b, h, w, oh, ow, c, ...window, ...strides],
          ...[kind === "max" ? 1 : 0, float(1 / (window[0] * window[1]))],
        ],
      },
    ],
  };
};

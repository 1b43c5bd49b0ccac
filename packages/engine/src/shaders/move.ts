import { stridesOf } from "../commands/move.ts";
import type { Dtype, Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { each } from "./each.ts";
import { type Dispatch, type Element, entry, groupsOf, input, output, type Shading } from "./shading.ts";

/**
 * Shaders that move numbers. They see words of 32 bits, whatever those mean, and four at a time where all runs of
 * neighbouring numbers can be cut into fours.
 */
const words = (fours: boolean): Element => (fours ? "vec4<u32>" : "u32");

/** Numbers that all divide by 4. */
const byFour = (...numbers: readonly number[]): boolean => numbers.every((n) => n % 4 === 0);

/** A number that is added or multiplied modulo 2^32, so that it may be negative. */
const u32 = (n: number): string => `${n >>> 0}u`;

const shading = (shape: Shape, dtype: Dtype, dispatch: Dispatch): Shading => ({
  outputs: [{ shape, dtype }],
  temporaries: [],
  tables: [],
  dispatches: sizeOf(shape) === 0 ? [] : [dispatch],
});

/** An axis of a result: its length, the stride in it, and the stride of where its numbers come from. */
type Axis = { length: number; readonly to: number; readonly from: number };

/** The axes of a result from the last to the first, neighbours as one where the source goes on, too. */
const joined = (shape: Shape, strides: readonly number[]): Axis[] => {
  const axes: Axis[] = [];
  const own = stridesOf(shape);
  for (let i = shape.length - 1; i >= 0; i--) {
    const [length, from] = [shape[i]!, strides[i]!];
    if (length === 1) continue;
    const last = axes.at(-1);
    if (last !== undefined && from === last.from * last.length) last.length *= length;
    else axes.push({ length, to: own[i]!, from });
  }
  return axes.length === 0 ? [{ length: 1, to: 1, from: 1 }] : axes;
};

/** The index of number i along an axis; the outermost one needs no remainder. */
const coordinate = (i: string, stride: number, length: number, outermost: boolean): string => {
  const divided = stride === 1 ? i : `(${i} / ${stride}u)`;
  return outermost ? divided : `(${divided} % ${length}u)`;
};

/** Where number i of a result comes from. */
const source = (i: string, axes: readonly Axis[], begin: number): string =>
  [
    u32(begin),
    ...axes.flatMap(({ length, to, from }, k) =>
      from === 0 ? [] : [`${coordinate(i, to, length, k === axes.length - 1)} * ${u32(from)}`],
    ),
  ].join(" + ");

/** A result whose number at an index comes from begin + index · strides. */
const gathered = (shape: Shape, dtype: Dtype, strides: readonly number[], begin: number): Shading => {
  const axes = joined(shape, strides);
  const [last, ...rest] = axes as [Axis, ...Axis[]];
  const fours = last.from === 1 && byFour(last.length, begin, ...rest.map(({ from }) => from));
  const unit = fours ? 4 : 1;
  const units = !fours
    ? axes
    : [
        { ...last, length: last.length / 4 },
        ...rest.map(({ length, to, from }) => ({ length, to: to / 4, from: from / 4 })),
      ];
  return shading(shape, dtype, {
    variables: [input(0, "numbers", words(fours)), output(0, "result", words(fours))],
    ...each(sizeOf(shape) / unit, `  result[i] = numbers[${source("i", units, begin / unit)}];`),
  });
};

/** Rows and columns of a tile. */
const side = 32;

/**
 * A transpose by tiles, through the memory of workgroups, so that both sides are read and written in runs: one axis is the
 * last one of the source (`row`), another the last one of the result (`column`).
 */
const tiled = (shape: Shape, dtype: Dtype, column: Axis, row: Axis, rest: readonly Axis[]): Shading => {
  const [down, across] = [Math.ceil(row.length / side), Math.ceil(column.length / side)];
  const batches = rest.reduce((n, { length }) => n * length, 1);
  let inner = 1;
  const offsets = { to: ["0u"], from: ["0u"] };
  for (const [k, { length, to, from }] of rest.entries()) {
    const index = coordinate("batch", inner, length, k === rest.length - 1);
    offsets.to.push(`${index} * ${to}u`);
    offsets.from.push(`${index} * ${from}u`);
    inner *= length;
  }
  const groups = down * across * batches;
  const body = `
var<workgroup> tile : array<u32, ${side * (side + 1)}>; // one more in a row, so that columns lie in different banks
${entry(
  side * 8,
  `
  if (group >= ${groups}u) { return; }
  let top = (group % ${down}u) * ${side}u;
  let left = (group / ${down}u % ${across}u) * ${side}u;
  let batch = group / ${down * across}u;
  let fast = local % ${side}u;
  let slow = local / ${side}u;
  let begin = ${offsets.from.join(" + ")};
  for (var k = slow; k < ${side}u; k += 8u) {
    if (top + fast < ${row.length}u && left + k < ${column.length}u) {
      tile[k * ${side + 1}u + fast] = numbers[begin + (left + k) * ${column.from}u + top + fast];
    }
  }
  workgroupBarrier();
  let end = ${offsets.to.join(" + ")};
  for (var k = slow; k < ${side}u; k += 8u) {
    if (top + k < ${row.length}u && left + fast < ${column.length}u) {
      result[end + (top + k) * ${row.to}u + left + fast] = tile[fast * ${side + 1}u + k];
    }
  }`,
)}`;
  return shading(shape, dtype, {
    variables: [input(0, "numbers", "u32"), output(0, "result", "u32")],
    body,
    groups: groupsOf(groups),
  });
};

/** Axes in another order. */
export const transpose = (x: Shape, dtype: Dtype, perm: readonly number[]): Shading => {
  const strides = stridesOf(x);
  const shape = perm.map((axis) => x[axis]!);
  const permuted = perm.map((axis) => strides[axis]!);
  const [column, ...others] = joined(shape, permuted) as [Axis, ...Axis[]];
  const row = others.find(({ from }) => from === 1);
  // tiles of which less than half is used are not worth it
  const large = row !== undefined && Math.min(row.length, column.length) >= side / 2;
  return large
    ? tiled(
        shape,
        dtype,
        column,
        row,
        others.filter((axis) => axis !== row),
      )
    : gathered(shape, dtype, permuted, 0);
};

/** A part of a tensor. */
export const slice = (x: Shape, dtype: Dtype, begin: readonly number[], size: Shape): Shading => {
  const strides = stridesOf(x);
  return gathered(
    size,
    dtype,
    strides,
    begin.reduce((at, b, i) => at + b * strides[i]!, 0),
  );
};

/** Axes backwards. */
export const reverse = (x: Shape, dtype: Dtype, axes: readonly number[]): Shading => {
  const strides = stridesOf(x);
  return gathered(
    x,
    dtype,
    strides.map((stride, i) => (axes.includes(i) ? -stride : stride)),
    axes.reduce((at, axis) => at + (x[axis]! - 1) * strides[axis]!, 0),
  );
};

/** Another shape of the same numbers. */
const reshaped = ({ outputs, ...rest }: Shading, shape: Shape): Shading => ({
  ...rest,
  outputs: outputs.map(({ dtype }) => ({ shape, dtype })),
});

/** The whole, repeated along each axis. */
export const tile = (x: Shape, dtype: Dtype, reps: readonly number[]): Shading => {
  const strides = stridesOf(x);
  const made = gathered(
    x.flatMap((n, i) => [reps[i]!, n]),
    dtype,
    strides.flatMap((stride) => [0, stride]),
    0,
  );
  return reshaped(
    made,
    x.map((n, i) => n * reps[i]!),
  );
};

/** Nearest-neighbour enlargement of [batch, h, w, c] by whole factors. */
export const enlarge = (x: Shape, [fy, fx]: readonly [number, number]): Shading => {
  const [b, h, w, c] = x as [number, number, number, number];
  const made = gathered([b, h, fy, w, fx, c], "float32", [h * w * c, w * c, 0, c, 0, 1], 0);
  return reshaped(made, [b, h * fy, w * fx, c]);
};

/** One number everywhere (given as its 32 bits). */
export const fill = (shape: Shape, dtype: Dtype, bits: number): Shading => {
  const fours = byFour(sizeOf(shape));
  return shading(shape, dtype, {
    variables: [output(0, "result", words(fours))],
    ...each(sizeOf(shape) / (fours ? 4 : 1), `  result[i] = ${words(fours)}(${u32(bits)});`),
  });
};

/** A tensor inside of a larger one that is filled with one number (given as its 32 bits). */
export const pad = (
  x: Shape,
  dtype: Dtype,
  paddings: readonly (readonly [number, number])[],
  bits: number,
): Shading => {
  const shape = x.map((n, i) => n + paddings[i]![0] + paddings[i]![1]);
  if (sizeOf(x) === 0) return fill(shape, dtype, bits);
  // from the last axis to the first; an axis without padding is part of the one before
  const axes: { readonly length: number; readonly before: number; readonly whole: number }[] = [];
  for (let i = x.length - 1; i >= 0; i--) {
    const last = axes.at(-1);
    const joins = last !== undefined && last.whole === last.length;
    const inner = joins ? axes.pop()!.length : 1;
    axes.push({ length: x[i]! * inner, before: paddings[i]![0] * inner, whole: shape[i]! * inner });
  }
  const fours = axes.length > 0 && byFour(axes[0]!.length, axes[0]!.before, axes[0]!.whole);
  const unit = fours ? 4 : 1;
  let [to, from] = [1, 1];
  const index: string[] = [];
  const inside: string[] = ["true"];
  const at: string[] = ["0u"];
  for (const [k, axis] of axes.entries()) {
    const [length, before, whole] = [axis.length, axis.before, axis.whole].map((n) => (k === 0 ? n / unit : n)) as [
      number,
      number,
      number,
    ];
    // before the beginning, the difference is beyond any length
    index.push(`  let index${k} = ${coordinate("i", to, whole, k === axes.length - 1)} - ${before}u;`);
    if (whole !== length) inside.push(`index${k} < ${length}u`);
    at.push(`index${k} * ${from}u`);
    to *= whole;
    from *= length;
  }
  return shading(shape, dtype, {
    variables: [input(0, "numbers", words(fours)), output(0, "result", words(fours))],
    ...each(
      sizeOf(shape) / unit,
      `${index.join("\n")}
  var value = ${words(fours)}(${u32(bits)});
  if (${inside.join(" && ")}) { value = numbers[${at.join(" + ")}]; }
  result[i] = value;`,
    ),
  });
};

/** A tensor among those that lie one after the other in the rows of a whole. */
type Part = { readonly index: number; readonly begin: number; readonly run: number };

/** Where the parts of given lengths along an axis lie; empty ones are left out. */
const partsOf = (lengths: readonly number[], inner: number): Part[] => {
  let begin = 0;
  return lengths
    .map((length, index) => {
      const part = { index, begin, run: length * inner };
      begin += part.run;
      return part;
    })
    .filter(({ run }) => run > 0);
};

/** Buffers besides the whole that a dispatch may have. */
const most = 7;

/**
 * Copies between a whole of `rows` rows of `total` numbers and its parts, several parts in one dispatch.
 * @param part a part as a variable
 * @param whole the whole as a variable
 * @param copy WGSL that copies one number
 */
const copies = (
  rows: number,
  total: number,
  parts: readonly Part[],
  part: (index: number, name: string, type: Element) => Dispatch["variables"][number],
  whole: (type: Element) => Dispatch["variables"][number],
  copy: (part: string, whole: string) => string,
): Dispatch[] => {
  const dispatches: Dispatch[] = [];
  for (let i = 0; i < parts.length; i += most) {
    const some = parts.slice(i, i + most);
    const first = some[0]!.begin;
    const fours = byFour(total, first, ...some.map(({ run }) => run));
    const unit = fours ? 4 : 1;
    const width = some.reduce((sum, { run }) => sum + run, 0) / unit;
    const cases = some.map(({ begin, run }, k) => {
      const own = `part${k}[row * ${run / unit}u + column - ${(begin - first) / unit}u]`;
      const test = k === some.length - 1 ? "" : `if (column < ${(begin + run - first) / unit}u) `;
      return `${test}{ ${copy(own, "whole[at]")} }`;
    });
    dispatches.push({
      variables: [...some.map(({ index }, k) => part(index, `part${k}`, words(fours))), whole(words(fours))],
      ...each(
        rows * width,
        `
  let row = i / ${width}u;
  let column = i % ${width}u;
  let at = row * ${total / unit}u + ${first / unit}u + column;
  ${cases.join(" else ")}`,
      ),
    });
  }
  return dispatches;
};

/** Tensors one after the other along an axis. */
export const concat = (shapes: readonly Shape[], dtype: Dtype, axis: number): Shading => {
  const lengths = shapes.map((shape) => shape[axis]!);
  const shape = shapes[0]!.with(
    axis,
    lengths.reduce((a, b) => a + b, 0),
  );
  const [rows, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
  return {
    outputs: [{ shape, dtype }],
    temporaries: [],
    tables: [],
    dispatches: copies(
      rows,
      shape[axis]! * inner,
      partsOf(lengths, inner),
      input,
      (type) => output(0, "whole", type),
      (part, whole) => `${whole} = ${part};`,
    ),
  };
};

/**
 * A tensor cut along an axis.
 * @param as the shape of the results, if it is not that of the parts
 */
export const splitAlong = (x: Shape, dtype: Dtype, axis: number, sizes: readonly number[], as?: Shape): Shading => {
  const [rows, inner] = [sizeOf(x.slice(0, axis)), sizeOf(x.slice(axis + 1))];
  return {
    outputs: sizes.map((length) => ({ shape: as ?? x.with(axis, length), dtype })),
    temporaries: [],
    tables: [],
    dispatches: copies(
      rows,
      x[axis]! * inner,
      partsOf(sizes, inner),
      output,
      (type) => input(0, "whole", type),
      (part, whole) => `${part} = ${whole};`,
    ),
  };
};

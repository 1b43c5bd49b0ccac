import {
  Cast,
  Concat,
  ExpandDims,
  GatherV2,
  Identity,
  Pack,
  PadV2,
  Reshape,
  Reverse,
  Slice,
  SplitV,
  Tile,
  Transpose,
  Unpack,
  UnsortedSegmentSum,
  type Tensor,
  type Tensor1D,
  cast,
  clone,
  concat,
  gather,
  pad,
  reshape,
  reverse,
  slice,
  stack,
  sum,
  transpose,
  unsortedSegmentSum,
} from "@tensorflow/tfjs-core";
import type { MultiRule, Rule } from "./rule.ts";

const wrapAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The paddings that put a slice back into its place. */
const around = (shape: readonly number[], begin: readonly number[], size: readonly number[]): [number, number][] =>
  shape.map((n, i) => [begin[i]!, n - begin[i]! - size[i]!]);

/** The adjoint of tile: sums over the repetitions. */
const untile = (dy: Tensor, shape: readonly number[], reps: readonly number[]): Tensor => {
  const folded = reshape(
    dy,
    shape.flatMap((n, i) => [reps[i]!, n]),
  );
  return reshape(
    sum(
      folded,
      shape.map((_, i) => 2 * i),
    ),
    [...shape],
  );
};

/** The adjoint of gather along one axis: adds up the rows that came from the same place. */
const scatterRows = (dy: Tensor, indices: Tensor, shape: readonly number[], axis: number): Tensor => {
  const before = shape.slice(0, axis);
  const after = shape.slice(axis + 1);
  const flat = reshape(dy, [...before, indices.size, ...after]);
  const rank = shape.length;
  const toFront = [axis, ...range(0, axis), ...range(axis + 1, rank)];
  const back = [...range(1, axis + 1), 0, ...range(axis + 1, rank)];
  const rows = axis === 0 ? flat : transpose(flat, toFront);
  const summed = unsortedSegmentSum(rows, reshape(indices, [indices.size]) as Tensor1D, shape[axis]!);
  return axis === 0 ? summed : transpose(summed, back);
};

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Slices `dy` of a concatenation along `axis` into the parts of the given lengths. */
const part = (dy: Tensor, axis: number, from: number, length: number): Tensor =>
  slice(
    dy,
    dy.shape.map((_, i) => (i === axis ? from : 0)),
    dy.shape.map((n, i) => (i === axis ? length : n)),
  );

const toShape = (kernel: string, input: string): Rule => ({
  kernel,
  shapes: [input],
  gradient: (dy, { shapes: [shape] }) => ({ [input]: () => reshape(dy, [...shape!]) }),
});

/** Kernels that move numbers about. */
export const shapeRules: readonly (Rule | MultiRule)[] = [
  toShape(Reshape, "x"),
  toShape(ExpandDims, "input"),
  { kernel: Identity, gradient: (dy) => ({ x: () => clone(dy) }) },
  { kernel: Cast, gradient: (dy) => ({ x: () => cast(dy, "float32") }) },
  {
    kernel: Transpose,
    gradient: (dy, { attrs }) => {
      const perm = attrs["perm"] as number[];
      return {
        x: () =>
          transpose(
            dy,
            perm.map((_, i) => perm.indexOf(i)),
          ),
      };
    },
  },
  {
    kernel: Reverse,
    gradient: (dy, { attrs }) => ({ x: () => reverse(dy, attrs["dims"] as number[]) }),
  },
  {
    kernel: PadV2,
    shapes: ["x"],
    gradient: (dy, { shapes: [shape], attrs }) => ({
      x: () =>
        slice(
          dy,
          (attrs["paddings"] as [number, number][]).map(([before]) => before),
          [...shape!],
        ),
    }),
  },
  {
    kernel: Slice,
    shapes: ["x"],
    gradient: (dy, { shapes: [shape], attrs }) => {
      const given = [attrs["begin"] as number | number[]].flat();
      const begin = shape!.map((_, i) => given[i] ?? 0);
      return { x: () => pad(dy, around(shape!, begin, dy.shape)) };
    },
  },
  {
    kernel: Tile,
    shapes: ["x"],
    gradient: (dy, { shapes: [shape], attrs }) => ({ x: () => untile(dy, shape!, attrs["reps"] as number[]) }),
  },
  {
    kernel: Concat,
    shapes: "all",
    gradient: (dy, { shapes, attrs }) => {
      const axis = wrapAxis(attrs["axis"] as number, dy.rank);
      return Object.fromEntries(
        shapes.map((shape, i) => [
          i,
          () =>
            part(
              dy,
              axis,
              shapes.slice(0, i).reduce((n, s) => n + s[axis]!, 0),
              shape[axis]!,
            ),
        ]),
      );
    },
  },
  {
    kernel: Pack,
    shapes: "all",
    gradient: (dy, { shapes, attrs }) => {
      const axis = wrapAxis(attrs["axis"] as number, dy.rank);
      return Object.fromEntries(shapes.map((shape, i) => [i, () => reshape(part(dy, axis, i, 1), [...shape])]));
    },
  },
  {
    kernel: Unpack,
    gradients: (dys, { attrs }) => ({
      value: () => stack([...dys], wrapAxis(attrs["axis"] as number, dys[0]!.rank + 1)),
    }),
  },
  {
    kernel: SplitV,
    gradients: (dys, { attrs }) => ({ x: () => concat([...dys], wrapAxis(attrs["axis"] as number, dys[0]!.rank)) }),
  },
  {
    kernel: GatherV2,
    inputs: ["indices"],
    shapes: ["x"],
    gradient: (dy, { saved: [indices], shapes: [shape], attrs }) => {
      const batchDims = attrs["batchDims"] as number;
      const axis = wrapAxis(attrs["axis"] as number, shape!.length);
      return {
        x: () => {
          if (batchDims !== 0) throw new RangeError(`gradient: gather needs batchDims 0, got ${batchDims}`);
          return scatterRows(dy, indices!, shape!, axis);
        },
      };
    },
  },
  {
    kernel: UnsortedSegmentSum,
    inputs: ["segmentIds"],
    gradient: (dy, { saved: [segmentIds] }) => ({ x: () => gather(dy, segmentIds!) }),
  },
];

import type { Geometry } from "../commands/convolution.ts";
import type { Epilogue } from "../commands/epilogue.ts";
import { gemm, type Part, type Segment, type Tuning } from "./gemm.ts";
import { matrixLoader } from "./matrixLoader.ts";
import { type Patches, patchLoader } from "./patchLoader.ts";
import { input, type Shading } from "./shading.ts";
import { turnedFilterLoader } from "./turnedFilterLoader.ts";
import { plus, quotient, remainder, sum, times } from "./wgslText.ts";

/** Whether every place has one tap, its own pixel. */
const isProduct = (g: Geometry): boolean =>
  g.kh * g.kw * g.strideY * g.strideX === 1 && g.top === 0 && g.left === 0 && g.oh === g.h && g.ow === g.w;

/** The taps of the output's places on the input. */
const patchesOf = (g: Geometry): Patches => ({
  ...{ batch: g.batch, image: [g.h, g.w], channels: g.ci, grid: [g.oh, g.ow], taps: [g.kh, g.kw] },
  ...{ stride: [g.strideY, g.strideX], tap: [g.dilationY, g.dilationX], origin: [-g.top, -g.left] },
});

/** One of the convolutions that are added. */
export type Summand = {
  /** Its sizes; ci counts the channels of its own input. */
  readonly geometry: Geometry;
  /** Which of the kernel's inputs are the images [batch, h, w, ci] and the filter [kh, kw, channels, co]. */
  readonly images: number;
  readonly filter: number;
  /** The filter's channels, if they are more than ci, and the first of them that the input has. */
  readonly channels?: { readonly from: number; readonly of: number } | undefined;
};

const segmentOf = ({ geometry: g, images, filter, channels }: Summand, halves: boolean | undefined): Segment => {
  const depth = g.kh * g.kw * g.ci;
  const from = input(images, `images${images}`);
  return {
    a: isProduct(g)
      ? matrixLoader(from, "depth", { side: g.batch * g.oh * g.ow, depth })
      : patchLoader(from, "depth", patchesOf(g)),
    b: matrixLoader(input(filter, `weights${filter}`), "side", {
      ...{ side: g.co, depth, halves },
      ...(channels === undefined ? {} : { choice: { each: g.ci, of: channels.of, from: channels.from } }),
    }),
  };
};

/**
 * A sum of convolutions [batch, oh, ow, co]: of different inputs, or of parts of an input's channels. Their batch, oh, ow
 * and co are the same. The epilogue's inputs follow the last of theirs.
 */
export const convolutionSum = (
  summands: readonly Summand[],
  epilogue?: Epilogue,
  tuning?: Tuning,
): Shading | undefined => {
  const g = summands[0]!.geometry;
  return gemm(
    {
      ...{
        batch: 1,
        columns: g.co,
        parts: [
          { rows: g.batch * g.oh * g.ow, segments: summands.map((summand) => segmentOf(summand, tuning?.halves)) },
        ],
      },
      ...{ shape: [g.batch, g.oh, g.ow, g.co], epilogue },
      ownInputs: 1 + Math.max(...summands.flatMap(({ images, filter }) => [images, filter])),
    },
    tuning,
  );
};

/** A convolution of images x (0) with a filter (1): [batch, oh, ow, co]. */
export const convolution = (g: Geometry, epilogue?: Epilogue, tuning?: Tuning): Shading | undefined =>
  convolutionSum([{ geometry: g, images: 0, filter: 1 }], epilogue, tuning);

/** Rows (or columns) i = first + stride q of the input, and the taps tap, tap + stride, ... whose dy reach them. */
type Phase = {
  readonly first: number;
  readonly length: number;
  readonly tap: number;
  readonly taps: number;
  /** Tap number j of place q reads dy at q + origin - j. */
  readonly origin: number;
};

const phasesOf = (length: number, taps: number, stride: number, before: number): readonly Phase[] =>
  Array.from({ length: stride }, (_, tap) => {
    const first = (((tap - before) % stride) + stride) % stride;
    return {
      ...{ first, length: Math.max(0, Math.ceil((length - first) / stride)), tap },
      ...{ taps: Math.max(0, Math.ceil((taps - tap) / stride)), origin: (first + before - tap) / stride },
    };
  }).filter((phase) => phase.length > 0);

/** Phases of a gradient by the input: a text of more compiles for too long, or not at all. */
const mostPhases = 64;

/**
 * The gradient of a convolution by its input [batch, h, w, ci], of dy (0) and the filter (1). With strides, places are in
 * phases that different taps reach; all are in one dispatch.
 * @returns undefined if there are dilations, or more than 64 phases
 */
export const convolutionInputGradient = (g: Geometry, epilogue?: Epilogue, tuning?: Tuning): Shading | undefined => {
  if (g.dilationY * g.dilationX !== 1 || (!isProduct(g) && g.strideY * g.strideX > mostPhases)) return undefined;
  const [dy, filter] = [input(0, "slopes"), input(1, "weights")];
  const shape = [g.batch, g.h, g.w, g.ci];
  const kernel = { batch: 1, columns: g.ci, shape, epilogue, ownInputs: 2 };
  if (isProduct(g)) {
    const rows = g.batch * g.h * g.w;
    const segment = {
      a: matrixLoader(dy, "depth", { side: rows, depth: g.co }),
      b: matrixLoader(filter, "depth", { side: g.ci, depth: g.co }),
    };
    return gemm({ ...kernel, parts: [{ rows, segments: [segment] }] }, tuning);
  }
  const parts: Part[] = [];
  for (const down of phasesOf(g.h, g.kh, g.strideY, g.top))
    for (const right of phasesOf(g.w, g.kw, g.strideX, g.left)) {
      const taps = [down.taps, right.taps] as const;
      const a = patchLoader(dy, "depth", {
        ...{ batch: g.batch, image: [g.oh, g.ow], channels: g.co, grid: [down.length, right.length], taps },
        ...{ stride: [1, 1], tap: [-1, -1], origin: [down.origin, right.origin] },
      });
      const b = turnedFilterLoader(filter, {
        ...{ filter: [g.kh, g.kw, g.ci, g.co], first: [down.tap, right.tap], step: [g.strideY, g.strideX], taps },
      });
      const images = down.length * right.length;
      const line = remainder(quotient("m", right.length), down.length);
      const y = plus(times(line, g.strideY), down.first);
      const x = plus(times(remainder("m", right.length), g.strideX), right.first);
      parts.push({
        rows: g.batch * images,
        segments: [{ a, b }],
        ...(g.strideY * g.strideX > 1 ? { row: sum(times(sum(times(quotient("m", images), g.h), y), g.w), x) } : {}),
      });
    }
  // the longest sums first
  const length = ({ segments }: Part): number => segments[0]!.a.depth;
  parts.sort((p, q) => length(q) - length(p));
  return gemm({ ...kernel, parts: parts.map((part, i) => (i > 0 && length(part) === 0 ? { ...part, segments: [] } : part)) }, tuning); // prettier-ignore
};

/** The gradient of a convolution by its filter [kh, kw, ci, co], of images x (0) and dy (1). */
export const convolutionFilterGradient = (g: Geometry, tuning?: Tuning): Shading | undefined => {
  const [x, dy] = [input(0, "images"), input(1, "slopes")];
  const depth = g.batch * g.oh * g.ow;
  const rows = g.kh * g.kw * g.ci;
  const segment = {
    a: isProduct(g) ? matrixLoader(x, "side", { side: rows, depth }) : patchLoader(x, "side", patchesOf(g)),
    b: matrixLoader(dy, "side", { side: g.co, depth }),
  };
  return gemm(
    {
      ...{ batch: 1, columns: g.co, parts: [{ rows, segments: [segment] }] },
      ...{ shape: [g.kh, g.kw, g.ci, g.co], ownInputs: 2, splitFrom: 512 },
    },
    tuning,
  );
};

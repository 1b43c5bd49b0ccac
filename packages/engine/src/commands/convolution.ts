import { scratchBytes } from "../machine/machine.ts";
import type { Shape } from "../graph/graph.ts";
import { type Epilogue, epilogueBlocks } from "./epilogue.ts";
import { panelBytes, product } from "./gemm.ts";
import { type Command, type Lowering, type Word, block, input, opcodes, output, temporary } from "./lowering.ts";

/** A convolution's sizes, in NHWC. */
export type Geometry = {
  /** Images. */
  readonly batch: number;
  /** Rows, columns and channels of the input. */
  readonly h: number;
  readonly w: number;
  readonly ci: number;
  /** Rows, columns and channels of the output. */
  readonly oh: number;
  readonly ow: number;
  readonly co: number;
  /** The filter's taps. */
  readonly kh: number;
  readonly kw: number;
  /** Strides, dilations, and zeros above and on the left. */
  readonly strideY: number;
  readonly strideX: number;
  readonly dilationY: number;
  readonly dilationX: number;
  readonly top: number;
  readonly left: number;
};

/** Multiply-adds per cycle, bytes per cycle, and cycles per transformed number, roughly: only their ratios matter. */
const rates = { multiplyAdds: 7, bytes: 3, transform: 1.5 };

type Algorithm = "product" | "winograd4" | "winograd2" | "patches";

/** The cheapest way: by the multiply-adds, what the filter's form takes from memory, and the transforms. */
export const algorithm = (g: Geometry): Algorithm => {
  const unit = g.strideY * g.strideX * g.dilationY * g.dilationX === 1;
  if (unit && g.kh * g.kw === 1 && g.top === 0 && g.left === 0 && g.oh === g.h && g.ow === g.w) return "product";
  if (!unit || g.kh !== 3 || g.kw !== 3) return "patches";
  const cost = (size: number): number => {
    const tiles = g.batch * Math.ceil(g.oh / (size - 2)) * Math.ceil(g.ow / (size - 2));
    const squares = size * size;
    const rows = Math.ceil(tiles / 4) * 4;
    return (
      Math.max((squares * rows * g.ci * g.co) / rates.multiplyAdds, (4 * squares * g.ci * g.co) / rates.bytes) +
      squares * tiles * (g.ci + g.co) * (rates.transform / 4)
    );
  };
  const places = Math.ceil((g.batch * g.oh * g.ow) / 4) * 4;
  const direct =
    Math.max((9 * places * g.ci * g.co) / rates.multiplyAdds, (36 * g.ci * g.co) / rates.bytes) +
    (9 * places * g.ci) / 4;
  const costs = { winograd4: cost(6), winograd2: cost(4), patches: direct };
  return (Object.keys(costs) as (keyof typeof costs)[]).reduce((best, name) =>
    costs[name] < costs[best] ? name : best,
  );
};

/** Tiles and output channels of a task: its transformed tiles and products fit the second cache. */
const tiling = (size: number, tiles: number, ci: number, co: number): readonly [number, number] => {
  const squares = size * size;
  const fits = (broad: number): number => Math.floor((700 * 1024) / (4 * squares * (ci + broad))) & ~3;
  const columns = Math.min(Math.ceil(co / 8) * 8, 256);
  const many = Math.max(4, Math.min(64, fits(columns), Math.ceil(tiles / 4) * 4));
  const blocks = Math.ceil(tiles / many);
  if (blocks >= 6) return [many, columns];
  const parts = Math.ceil(6 / blocks);
  return [many, Math.max(8, Math.min(columns, Math.ceil(co / parts / 8) * 8))];
};

/** Whether a task of F(6, 3) or F(4, 3) with so many channels fits the scratch. */
const fitsScratch = (size: number, many: number, ci: number, broad: number): boolean =>
  size * size * (many * 4 * (ci + 4 + broad + 4) + 128) + 16 * size * size * (ci + 4) + 8192 < scratchBytes;

const winograd = (
  g: Geometry,
  size: 4 | 6,
  turned: boolean,
  shape: Shape,
  inputs: { readonly x: number; readonly filter: number },
  epilogue: Epilogue | undefined,
): Lowering | undefined => {
  const blocks = epilogueBlocks(epilogue, shape, 2);
  if (blocks === undefined) return undefined;
  const tiles = g.batch * Math.ceil(g.oh / (size - 2)) * Math.ceil(g.ow / (size - 2));
  const [many, broad] = tiling(size, tiles, g.ci, g.co);
  if (!fitsScratch(size, many, g.ci, broad)) return undefined;
  // of the filter as it is stored: for the gradient by the input its channels are the other way round
  const [ci, co] = turned ? [g.co, g.ci] : [g.ci, g.co];
  return {
    outputs: [{ shape, dtype: "float32" }],
    temporaries: [size * size * (panelBytes(g.ci, g.co) + 64)],
    blocks,
    commands: [
      {
        opcode: opcodes.winogradFilter,
        words: [input(inputs.filter), temporary(0), ci, co, size, turned ? 1 : 0],
        prepares: { input: inputs.filter, temporary: 0 },
      },
      {
        opcode: opcodes.winograd,
        words: [
          ...[input(inputs.x), temporary(0), output(0), g.batch, g.h, g.w, g.ci, g.oh, g.ow, g.co, g.top, g.left],
          ...[size, many, broad, blocks.length > 0 ? block(0) : 0],
        ],
      },
    ],
  };
};

/** Places and output channels of a task of gathered patches. */
const patching = (places: number, depth: number, co: number): readonly [number, number] => {
  const fits = Math.max(4, Math.floor((300 * 1024) / (4 * depth)) & ~3);
  const many = Math.max(4, Math.min(fits, 128, Math.max(16, Math.ceil(places / 16 / 4) * 4)));
  const blocks = Math.ceil(places / many);
  const parts = Math.ceil(Math.max(1, 6 / blocks));
  return [many, Math.max(8, Math.ceil(Math.ceil(co / parts) / 8) * 8)];
};

/** A grid of output places, which rows of the input their taps read, and which taps there are. */
type Grid = {
  readonly gh: number;
  readonly gw: number;
  readonly outStride: readonly [number, number];
  readonly outOrigin: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly tap: readonly [number, number];
  readonly origin: readonly [number, number];
  /** The filter's taps first, first + step, ... in both directions. */
  readonly first: readonly [number, number];
  readonly step: readonly [number, number];
  readonly taps: readonly [number, number];
};

const patches = (
  g: Pick<Geometry, "batch" | "h" | "w" | "ci" | "oh" | "ow" | "co" | "kw">,
  grid: Grid,
  turned: boolean,
  at: number,
  inputs: { readonly x: number; readonly filter: number },
  after: Word,
): { readonly bytes: number; readonly commands: readonly Command[] } | undefined => {
  const { gh, gw, outStride, outOrigin, stride, tap, origin, first, step, taps } = grid;
  const depth = taps[0] * taps[1] * g.ci;
  const places = g.batch * gh * gw;
  const [many, broad] = patching(places, Math.max(depth, 1), g.co);
  if ((many + 4) * 4 * depth + many * 4 * g.co + 4096 > scratchBytes) return undefined;
  const dense = gh === g.oh && gw === g.ow;
  const [ci, co] = turned ? [g.co, g.ci] : [g.ci, g.co];
  return {
    bytes: panelBytes(depth, g.co),
    commands: [
      {
        opcode: opcodes.packFilter,
        words: [
          ...[input(inputs.filter), temporary(at), g.kw, ci, co],
          ...[first[0], step[0], taps[0], first[1], step[1], taps[1], turned ? 1 : 0],
        ],
        prepares: { input: inputs.filter, temporary: at },
      },
      {
        opcode: opcodes.convolution,
        words: [
          ...[input(inputs.x), temporary(at), output(0), g.batch, g.h, g.w, g.ci, gh, gw, g.oh, g.ow, g.co],
          ...[...outStride, ...outOrigin, ...stride, ...tap, ...origin, ...taps, many, broad, after, dense ? 1 : 0],
        ],
      },
    ],
  };
};

/** A forward convolution of inputs x (0) and filter (1), with an epilogue whose other inputs follow. */
export const convolution = (g: Geometry, epilogue?: Epilogue): Lowering | undefined => {
  const shape = [g.batch, g.oh, g.ow, g.co];
  const inputs = { x: 0, filter: 1 };
  const chosen = algorithm(g);
  if (chosen === "product")
    return product(
      {
        ...{ batch: 1, m: g.batch * g.h * g.w, n: g.co, k: g.ci, transposeA: false, transposeB: false },
        ...{ repeatA: false, repeatB: false },
      },
      shape,
      epilogue,
    );
  if (chosen !== "patches") {
    const fast = winograd(g, chosen === "winograd4" ? 6 : 4, false, shape, inputs, epilogue);
    if (fast !== undefined) return fast;
  }
  const blocks = epilogueBlocks(epilogue, shape, 2);
  if (blocks === undefined) return undefined;
  const grid: Grid = {
    ...{ gh: g.oh, gw: g.ow, outStride: [1, 1], outOrigin: [0, 0], stride: [g.strideY, g.strideX] },
    ...{ tap: [g.dilationY, g.dilationX], origin: [-g.top, -g.left], first: [0, 0], step: [1, 1], taps: [g.kh, g.kw] },
  };
  const made = patches(g, grid, false, 0, inputs, blocks.length > 0 ? block(0) : 0);
  if (made === undefined) return undefined;
  return { outputs: [{ shape, dtype: "float32" }], temporaries: [made.bytes], blocks, commands: made.commands };
};

/** Rows (or columns) i = first + stride·q of the input, and the taps r, r + stride, ... whose dy reaches them. */
const phasesOf = (n: number, taps: number, stride: number, before: number) =>
  Array.from({ length: stride }, (_, r) => {
    // i + before = stride·q' + r: dy[q' - j] · filter[r + stride·j]
    const first = (((r - before) % stride) + stride) % stride;
    return {
      first,
      length: Math.max(0, Math.ceil((n - first) / stride)),
      taps: Math.max(0, Math.ceil((taps - r) / stride)),
      origin: (first + before - r) / stride,
      tap: r,
    };
  }).filter(({ length }) => length > 0);

/** The gradient of a convolution by its input, of inputs dy (0) and filter (1). Dilations must be 1. */
export const convolutionInputGradient = (g: Geometry, epilogue?: Epilogue): Lowering | undefined => {
  if (g.dilationY * g.dilationX !== 1) return undefined;
  const shape = [g.batch, g.h, g.w, g.ci];
  const inputs = { x: 0, filter: 1 };
  /** dy is convolved with the turned filter. */
  const back: Geometry = {
    ...{ batch: g.batch, h: g.oh, w: g.ow, ci: g.co, oh: g.h, ow: g.w, co: g.ci, kh: g.kh, kw: g.kw },
    ...{ strideY: 1, strideX: 1, dilationY: 1, dilationX: 1, top: g.kh - 1 - g.top, left: g.kw - 1 - g.left },
  };
  if (g.strideY * g.strideX === 1) {
    const chosen = algorithm(back);
    if (chosen === "product")
      return product(
        {
          ...{ batch: 1, m: g.batch * g.h * g.w, n: g.ci, k: g.co, transposeA: false, transposeB: true },
          ...{ repeatA: false, repeatB: false },
        },
        shape,
        epilogue,
      );
    if (chosen !== "patches") {
      const fast = winograd(back, chosen === "winograd4" ? 6 : 4, true, shape, inputs, epilogue);
      if (fast !== undefined) return fast;
    }
  }
  const blocks = epilogueBlocks(epilogue, shape, 2);
  if (blocks === undefined) return undefined;
  const temporaries: number[] = [];
  const commands: Command[] = [];
  for (const rows of phasesOf(g.h, g.kh, g.strideY, g.top))
    for (const columns of phasesOf(g.w, g.kw, g.strideX, g.left)) {
      const grid: Grid = {
        ...{ gh: rows.length, gw: columns.length, outStride: [g.strideY, g.strideX] },
        ...{ outOrigin: [rows.first, columns.first], stride: [1, 1], tap: [-1, -1] },
        ...{ origin: [rows.origin, columns.origin], first: [rows.tap, columns.tap] },
        ...{ step: [g.strideY, g.strideX], taps: [rows.taps, columns.taps] },
      };
      const made = patches(back, grid, true, temporaries.length, inputs, blocks.length > 0 ? block(0) : 0);
      if (made === undefined) return undefined;
      temporaries.push(made.bytes);
      commands.push(...made.commands);
    }
  return { outputs: [{ shape, dtype: "float32" }], temporaries, blocks, commands };
};

/** Bytes of transformed tiles that are made at a time. */
const tileBytes = 4 * 2 ** 20;

const winogradFilterGradient = (g: Geometry): Lowering | undefined => {
  if (16 * 36 * (Math.max(g.ci, g.co) + 4) + 4096 > scratchBytes) return undefined; // copies of four tiles
  const [down, right] = [Math.ceil(g.oh / 4), Math.ceil(g.ow / 4)];
  const perImage = down * right;
  const [ciParts, coPanels] = [Math.ceil(g.ci / 4), Math.ceil(g.co / 8)];
  const bytesPerTile = 36 * (16 * ciParts + 32 * coPanels);
  const images = Math.max(1, Math.min(g.batch, Math.floor(tileBytes / (bytesPerTile * perImage))));
  const tiles = images * perImage;
  const tall = Math.max(4, Math.min(64, Math.ceil(g.ci / 4) * 4));
  const commands: Command[] = [];
  for (let first = 0; first < g.batch; first += images) {
    const some = Math.min(images, g.batch - first);
    const grain = Math.max(1, Math.min(16, Math.ceil((some * perImage) / 8)));
    commands.push(
      {
        opcode: opcodes.winogradTiles,
        words: [input(0), temporary(0), first, some, g.h, g.w, g.ci, down, right, g.top, g.left, grain],
      },
      { opcode: opcodes.winogradSpread, words: [input(1), temporary(1), first, some, g.oh, g.ow, g.co, grain] },
      {
        opcode: opcodes.winogradProducts,
        words: [temporary(0), temporary(1), temporary(2), some * perImage, g.ci, g.co, first > 0 ? 1 : 0, tall],
      },
    );
  }
  commands.push({
    opcode: opcodes.winogradFilterGradient,
    words: [temporary(2), output(0), g.ci * g.co, Math.max(64, Math.ceil((g.ci * g.co) / 32) * 4)],
  });
  return {
    outputs: [{ shape: [3, 3, g.ci, g.co], dtype: "float32" }],
    temporaries: [36 * (ciParts * 16 * tiles + 64), 36 * (coPanels * 32 * tiles + 64), 36 * g.ci * g.co * 4],
    blocks: [],
    commands,
  };
};

/** The gradient of a convolution by its filter, of inputs x (0) and dy (1). */
export const convolutionFilterGradient = (g: Geometry): Lowering | undefined => {
  const chosen = algorithm(g);
  if (chosen.startsWith("winograd") && g.batch * g.oh * g.ow >= 64) {
    const fast = winogradFilterGradient(g);
    if (fast !== undefined) return fast;
  }
  const parts = Math.ceil(12 / (g.kh * g.kw));
  const tall = Math.max(4, Math.min(128, Math.ceil(Math.ceil(g.ci / parts) / 4) * 4));
  if (256 * 4 * (tall + g.co + 8) + 4096 > scratchBytes) return undefined;
  return {
    outputs: [{ shape: [g.kh, g.kw, g.ci, g.co], dtype: "float32" }],
    temporaries: [],
    blocks: [],
    commands: [
      {
        opcode: opcodes.filterGradient,
        words: [
          ...[input(0), input(1), output(0), g.batch, g.h, g.w, g.ci, g.oh, g.ow, g.co],
          ...[g.strideY, g.strideX, g.dilationY, g.dilationX, g.top, g.left, g.kh, g.kw, tall],
        ],
      },
    ],
  };
};

import type { Epilogue } from "../commands/epilogue.ts";
import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { epilogueText } from "./epilogue.ts";
import { isWide, type Loader } from "./loader.ts";
import { functionsText } from "./programText.ts";
import { entry, groupsOf, output, type Shading, temporary, type Variable } from "./shading.ts";
import { sumOfSplits } from "./sumOfSplits.ts";
import { chooseTiling, sharesOf, stepsOf, threadsOf, tilesOf, type Task, type Tiling } from "./tile.ts";
import { tileFetch } from "./tileFetch.ts";
import { fourOf, lanes, listSize, rowOf, tileMemory } from "./tileMemory.ts";
import { tileProduct } from "./tileProduct.ts";
import { indent, lines, plus, quotient, range, remainder, sum, switchOf, times } from "./wgslText.ts";

/** A product A B of what two loaders read; their summed axes are of one length. */
export type Segment = { readonly a: Loader; readonly b: Loader };

/** Some rows of C, which have sums of their own. */
export type Part = {
  /** How many. */
  readonly rows: number;
  /**
   * The products that are added; none in a later part makes zeros. In all of a kernel, As are read along the same axis, and
   * so are Bs.
   */
  readonly segments: readonly Segment[];
  /** A WGSL expression of a row of the result, from `m`, the part's row. Without it, they are the same. */
  readonly row?: string;
};

/** A kernel that makes C = sum of A B. */
export type Gemm = {
  /** Matrices; 1 if there are several parts. */
  readonly batch: number;
  /** Columns of C. */
  readonly columns: number;
  /** The rows of C of a matrix. */
  readonly parts: readonly Part[];
  /** Of the result: the last axis is the columns, the others are (matrix, row). */
  readonly shape: Shape;
  /** What is done to the result. */
  readonly epilogue?: Epilogue | undefined;
  /** How many inputs the loaders have; those of the epilogue follow. */
  readonly ownInputs: number;
  /** The least length of sums that may be split among workgroups, which takes a second dispatch. */
  readonly splitFrom?: number;
};

/** A tiling instead of the best one, for tests. */
export type Tuning = {
  readonly tiling?: Tiling | undefined;
  /** Whether B's numbers have 16 bits each. */
  readonly halves?: boolean;
  /** How tilings are chosen, where it is not for a GPU. */
  readonly choose?: (task: Task) => Tiling;
};

/** Variables without repetitions. */
const distinct = (variables: readonly Variable[]): readonly Variable[] => [
  ...new Map(variables.map((variable) => [variable.name, variable])).values(),
];

/** C = sum of A B, in tiles. The numbers of a step are read while those of the step before are multiplied. */
export const gemm = (spec: Gemm, { tiling, choose = chooseTiling }: Tuning = {}): Shading => {
  const { batch, columns, parts, shape, epilogue, ownInputs, splitFrom = 16_384 } = spec;
  const segments = parts.flatMap((part) => part.segments);
  const sums = parts.map((part) => ({ rows: part.rows, depths: part.segments.map(({ a }) => a.depth) }));
  const task = {
    ...{ batch, parts: sums, columns },
    maySplit: parts.length === 1 && segments.reduce((length, { a }) => length + a.depth, 0) >= splitFrom,
    wideA: segments.every(({ a }) => isWide(a)),
    wideB: segments.every(({ b }) => isWide(b)),
  };
  const { tile, splits: wanted } = tiling ?? choose(task);
  const steps = sums.map((each) => stepsOf(tile, each));
  const splits = parts.length === 1 ? sharesOf(steps[0]!, wanted) : 1;
  const [alongA, alongB] = [segments[0]!.a.along, segments[0]!.b.along];
  const memory = { a: tileMemory("A", tile, alongA), b: tileMemory("B", tile, alongB) };
  const loaders = (side: "a" | "b"): readonly (readonly Loader[])[] =>
    parts.map((part) => part.segments.map((segment) => segment[side]));
  const a = tileFetch("A", tile, memory.a, loaders("a"), batch > 1);
  const b = tileFetch("B", tile, memory.b, loaders("b"), batch > 1);
  const type = columns % 4 === 0 ? "vec4<f32>" : "f32";
  const finishing = epilogueText(splits > 1 ? undefined : epilogue, shape, type, ownInputs);
  const result = splits > 1 ? temporary(0, "partial", type) : output(0, "result", type);

  const { down, across } = tilesOf(tile, task);
  // neighbours share rows of A; where columns are many, blocks of eight rows share columns of B
  const block = across > 16 && down.length === 1 && down[0]! >= 8 ? 8 : 1;
  const perMatrix = Math.ceil(down.reduce((rows, n) => rows + n, 0) / block) * block * across;
  const groups = groupsOf(perMatrix * batch * splits);
  const tileNumber = remainder("group", perMatrix, batch * splits * perMatrix);
  const whichTile = lines(
    perMatrix * batch * splits < groups[0] * groups[1] && `if (group >= ${perMatrix * batch * splits}u) { return; }`,
    batch > 1 && `let matrix = ${remainder(quotient("group", perMatrix), batch, batch * splits)};`,
    splits > 1 && `let split = ${quotient("group", perMatrix * batch)};`,
    `let tile = ${tileNumber};`,
    block === 1
      ? `let down = ${quotient("tile", across)};`
      : `let down = ${sum(times(quotient("tile", block * across), block), remainder("tile", block))};`,
    `let right = ${remainder(quotient("tile", block), across)};`,
    down[0]! % block > 0 && `if (down >= ${down[0]!}u) { return; }`,
  );

  const begins = parts.map((_, i) => down.slice(0, i).reduce((rows, n) => rows + n, 0));
  const share = Math.ceil(steps[0]! / splits);
  const whichPart =
    parts.length === 1
      ? lines(
          `let startA = ${times("down", tile.rows)};`,
          `let firstStep = ${splits === 1 ? "0u" : times("split", share)};`,
          `let lastStep = ${splits === 1 ? `${steps[0]!}u` : `min(firstStep + ${share}u, ${steps[0]!}u)`};`,
        )
      : lines(
          `let part = ${sum(...begins.slice(1).map((begin) => `u32(down >= ${begin}u)`))};`,
          "let firstStep = 0u;",
          "var startA = 0u;",
          "var lastStep = 0u;",
          switchOf(
            "part",
            begins.map((begin, i) =>
              lines(`startA = ${times(plus("down", -begin), tile.rows)};`, `lastStep = ${steps[i]!}u;`),
            ),
          ),
        );

  const known = [
    ...(parts.length > 1 ? ["part"] : []),
    ...(batch > 1 ? ["matrix"] : []),
    ...(splits > 1 ? ["split"] : []),
  ];
  const finish = (m: string, n: string, value: string): string => `finish(${[...known, m, n, value].join(", ")});`;
  const loop = lines(
    tile.buffers === 2 && "let buffer = step % 2u;",
    ...a.store,
    ...b.store,
    "workgroupBarrier();",
    "// the next step's numbers are on their way meanwhile",
    "if (step + 1u < lastStep) {",
    indent(lines(...a.read("step + 1u"), ...b.read("step + 1u"))),
    "}",
    memory.a.from,
    memory.b.from,
    tileProduct(tile, alongA, alongB),
    tile.buffers === 1 && "workgroupBarrier();",
  );
  const results = range(tile.threadRows).flatMap((r) => range(tile.threadColumns / 4).map((j) => [r, j] as const));
  const sliced = tile.slices > 1;
  const fours = tile.columns / 4;
  const cells = tile.rows * fours;
  const ending = sliced
    ? lines(
        "// the slices' sums meet in workgroup memory",
        tile.buffers === 2 && "workgroupBarrier();",
        ...results.map(
          ([r, j]) => `tiles[${sum(`slice * ${cells}u`, times(rowOf(tile, r), fours), fourOf(tile, j))}] = c${r}_${j};`,
        ),
        "workgroupBarrier();",
        `for (var at = local; at < ${cells}u; at += ${threadsOf(tile)}u) {`,
        "  var sums = tiles[at];",
        `  for (var other = 1u; other < ${tile.slices}u; other++) { sums += tiles[other * ${cells}u + at]; }`,
        `  ${finish(`startA + ${quotient("at", fours)}`, sum("startB", times(remainder("at", fours), 4)), "sums")}`,
        "}",
      )
    : lines(
        ...results.map(([r, j]) =>
          finish(`startA + ${rowOf(tile, r)}`, `startB + ${times(fourOf(tile, j), 4)}`, `c${r}_${j}`),
        ),
      );
  const main = lines(
    whichTile,
    whichPart,
    `let startB = ${times("right", tile.columns)};`,
    ...lanes(tile),
    ...a.before,
    ...b.before,
    ...results.map(([r, j]) => `var c${r}_${j} = vec4<f32>();`),
    steps.includes(0) && "if (lastStep > 0u) {",
    indent(lines(...a.read("firstStep"), ...b.read("firstStep")), steps.includes(0) ? 2 : 0),
    steps.includes(0) && "}",
    "for (var step = firstStep; step < lastStep; step++) {",
    indent(loop),
    "}",
    ending,
  );

  const size = sizeOf(shape);
  const rowText = switchOf(
    "part",
    parts.map(({ row = "m", rows }) =>
      lines(
        rows % tile.rows !== 0 && `if (m >= ${rows}u) { return; }`,
        `${parts.length > 1 ? "" : "let "}row = ${batch > 1 ? `matrix * ${rows}u + ${row}` : row};`,
      ),
    ),
  );
  const write = (n: string, value: string): string => {
    const width = type === "f32" ? 1 : 4;
    const at = sum(splits > 1 ? `split * ${size / width}u` : "0u", times("row", columns / width), quotient(n, width));
    return `${result.name}[${at}] = ${finishing.apply(value, "row", n)};`;
  };
  const finishFunction = lines(
    `fn finish(${[...known, "m", "n"].map((name) => `${name} : u32, `).join("")}sums : vec4<f32>) {`,
    parts.length > 1 && "  var row = 0u;",
    indent(rowText),
    ...(type === "f32"
      ? range(4).map((i) => `  if (${plus("n", i)} < ${columns}u) { ${write(i === 0 ? "n" : `(n + ${i}u)`, `sums.${"xyzw"[i]!}`)} }`)
      : [columns % tile.columns !== 0 && `  if (n >= ${columns}u) { return; }`, `  ${write("n", "sums")}`]),
    "}",
  ); // prettier-ignore
  const body = [
    sliced
      ? `var<workgroup> tiles : array<vec4<f32>, ${listSize(tile)}>;`
      : lines(memory.a.declaration, memory.b.declaration),
    ...[...a.functions, ...b.functions, functionsText(finishing.functions), finishFunction],
    entry(threadsOf(tile), indent(main)).trim(),
  ];
  return {
    outputs: [{ shape, dtype: "float32" }],
    temporaries: splits > 1 ? [4 * splits * size] : [],
    tables: [],
    dispatches: [
      {
        variables: distinct([...a.variables, ...b.variables, ...finishing.variables, result]),
        body: body.filter((text) => text !== "").join("\n\n"),
        groups,
      },
      ...(splits > 1 ? [sumOfSplits(splits, shape, epilogue, ownInputs)] : []),
    ],
  };
};

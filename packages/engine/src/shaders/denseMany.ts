import type { Epilogue } from "../commands/epilogue.ts";
import type { Shape, Value } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { functionsText, programText } from "./programText.ts";
import type { Shading } from "./shading.ts";

const threads = 256;
const columns = 64;
const slices = threads / columns;

/** Rows of a workgroup: their part of `a`, and a sum of each thread for each of them, are in the 16 KiB that it has. */
const rowsOf = (m: number, k: number): number => Math.max(1, Math.min(8, m, Math.floor(4096 / (k + threads))));

/** Whether products of [m, k] fit this kernel: few rows, as those of an embedding of t that every block of a network reads. */
export const fitsDenseMany = ([m, k]: Shape): boolean => m! <= 512 && k! <= 3072;

/**
 * One matrix [m, k] times many [k, n], each with the same epilogue: the kernel DenseMany. Inputs are the one matrix, then
 * for each member its matrix and the further inputs of its epilogue, each of one row [.., n].
 * @param epilogues of the members: one program
 */
export const denseMany = (
  a: Shape,
  widths: readonly number[],
  epilogue: Epilogue | undefined,
  outputs: readonly Value[],
): Shading => {
  const [m, k] = a as [number, number];
  const rows = rowsOf(m, k);
  const further = epilogue?.shapes.length ?? 0;
  const down = Math.ceil(m / rows);
  const members = widths.map((n, i) => ({
    places: [0, ...Array.from({ length: 1 + further }, (_, j) => 1 + i * (1 + further) + j), i],
    blocks: down * Math.ceil(n / columns),
    words: [n],
  }));
  const extra = Array.from({ length: further }, (_, i) => `e${i}`);
  const program = epilogue?.program ?? { inputs: 1, instructions: [], outputs: [0] };
  const { functions, ...text } = programText(program, ["result", ...extra], "f32");
  const each = (line: (r: number) => string): string => Array.from({ length: rows }, (_, r) => line(r)).join("\n");
  const last = Math.ceil(sizeOf([rows, k]) / threads);
  return {
    outputs,
    temporaries: [],
    tables: [],
    dispatches: [],
    many: {
      lists: [
        { in: "inputs", name: "a" },
        { in: "inputs", name: "b" },
        ...extra.map((name) => ({ in: "inputs" as const, name })),
        { in: "outputs", name: "y" },
      ],
      members,
      threads,
      functions: `var<workgroup> left : array<f32, ${rows * k}>;
var<workgroup> sums : array<f32, ${rows * threads}>;
${functionsText(functions)}`,
      body: (variable) => `  let firstRow = (block % ${down}u) * ${rows}u;
  let column = (block / ${down}u) * ${columns}u + local % ${columns}u;
  let slice = local / ${columns}u;
  for (var j = 0u; j < ${last}u; j++) {
    let i = j * ${threads}u + local;
    if (i < ${rows * k}u) {
      let row = firstRow + i / ${k}u;
      left[i] = select(0.0, ${variable(0)}[aAt + min(row, ${m - 1}u) * ${k}u + i % ${k}u], row < ${m}u);
    }
  }
  workgroupBarrier();
${each((r) => `  var sum${r} = 0.0;`)}
  if (!isSurplus && column < word0) {
    for (var i = slice; i < ${k}u; i += ${slices}u) {
      let weight = ${variable(1)}[bAt + i * word0 + column];
${each((r) => `      sum${r} += left[${r * k}u + i] * weight;`)}
    }
  }
${each((r) => `  sums[${r * threads}u + local] = sum${r};`)}
  workgroupBarrier();
  if (isSurplus || column >= word0) { return; }
  for (var r = slice; r < ${rows}u; r += ${slices}u) {
    let row = firstRow + r;
    if (row >= ${m}u) { return; }
    var result = 0.0;
    for (var s = 0u; s < ${slices}u; s++) { result += sums[r * ${threads}u + s * ${columns}u + local % ${columns}u]; }
${extra.map((name, i) => `    let ${name} = ${variable(2 + i)}[${name}At + column];`).join("\n")}
${text.statements}
    ${variable(2 + further)}[yAt + row * word0 + column] = ${text.outputs[0]!};
  }`,
    },
  };
};

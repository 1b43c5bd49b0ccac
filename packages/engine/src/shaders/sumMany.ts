import type { ElementProgram } from "../graph/elementwise.ts";
import type { Shape, Value } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { functionsText, programText } from "./programText.ts";
import { type Shading, entry, output, temporary } from "./shading.ts";

const threads = 256;

/** Numbers of a thread. */
const each = 16;

/** Adds up `mine` of all threads in a tree; the sum is in `sums[0]`. */
const tree = (): string => {
  const steps: string[] = [`  sums[local] = mine;`, `  workgroupBarrier();`];
  for (let half = threads / 2; half >= 1; half /= 2)
    steps.push(`  if (local < ${half}u) { sums[local] += sums[local + ${half}u]; }`, `  workgroupBarrier();`);
  return steps.slice(0, -1).join("\n"); // the last sum is read by the thread that makes it
};

/**
 * The sum over many tensors, all of their places, of a program of one input and one output: the kernel SumMany, for norms of
 * all parameters.
 * @param result the shape of the sum
 */
export const sumMany = (program: ElementProgram, inputs: readonly Value[], result: Shape): Shading => {
  const members = inputs.map(({ shape }, i) => ({
    places: [i, 0],
    blocks: Math.ceil(sizeOf(shape) / (threads * each)),
    words: [sizeOf(shape)],
  }));
  const partials = members.reduce((sum, { blocks }) => sum + blocks, 0);
  const { functions, ...text } = programText(program, ["x0"], "f32");
  return {
    outputs: [{ shape: result, dtype: "float32" }],
    temporaries: [4 * partials],
    tables: [],
    many: {
      lists: [
        { in: "inputs", name: "x" },
        { in: "temporaries", name: "partials" },
      ],
      members,
      threads,
      functions: `var<workgroup> sums : array<f32, ${threads}>;\n${functionsText(functions)}`,
      body: (variable) => `  var mine = 0.0;
  if (!isSurplus) {
    for (var j = 0u; j < ${each}u; j++) {
      let i = (block * ${each}u + j) * ${threads}u + local;
      if (i < word0) {
        let x0 = ${variable(0)}[xAt + i];
${text.statements}
        mine += ${text.outputs[0]!};
      }
    }
  }
${tree()}
  if (local == 0u && !isSurplus) { ${variable(1)}[partialsAt + blockOfAll] = sums[0]; }`,
    },
    dispatches: [
      {
        variables: [temporary(0, "partials"), output(0, "y")],
        groups: [1, 1, 1],
        body: `var<workgroup> sums : array<f32, ${threads}>;${entry(
          threads,
          `  var mine = 0.0;
  for (var i = local; i < ${partials}u; i += ${threads}u) { mine += partials[i]; }
${tree()}
  if (local == 0u) { y[0] = sums[0]; }`,
        )}`,
      },
    ],
  };
};

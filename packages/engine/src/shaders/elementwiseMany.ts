import type { ElementProgram } from "../graph/elementwise.ts";
import type { Value } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { programText, functionsText } from "./programText.ts";
import type { Shading } from "./shading.ts";

const threads = 256;

/** Numbers of a thread. */
const each = 4;

/**
 * One program on many sets of tensors: the kernel ElementwiseMany. The inputs are those of the first member, then of the
 * second, and so on, and so are the outputs.
 * @param scalar for each input of the program, whether it is one number for all places
 * @param outputs all outputs, those of a member of one size
 */
export const elementwiseMany = (
  program: ElementProgram,
  scalar: readonly boolean[],
  outputs: readonly Value[],
): Shading => {
  const [ins, outs] = [program.inputs, program.outputs.length];
  const members = Array.from({ length: outputs.length / outs }, (_, member) => {
    const size = sizeOf(outputs[member * outs]!.shape);
    return {
      places: [
        ...Array.from({ length: ins }, (_, i) => member * ins + i),
        ...Array.from({ length: outs }, (_, i) => member * outs + i),
      ],
      blocks: Math.ceil(size / (threads * each)),
      words: [size],
    };
  });
  const names = Array.from({ length: ins }, (_, i) => `x${i}`);
  const { functions, ...text } = programText(program, names, "f32");
  return {
    outputs,
    temporaries: [],
    tables: [],
    dispatches: [],
    many: {
      lists: [
        ...names.map((name) => ({ in: "inputs" as const, name })),
        ...program.outputs.map((_, i) => ({ in: "outputs" as const, name: `y${i}` })),
      ],
      members,
      threads,
      functions: functionsText(functions),
      body: (variable) => `  if (isSurplus) { return; }
  for (var j = 0u; j < ${each}u; j++) {
    let i = (block * ${each}u + j) * ${threads}u + local;
    if (i >= word0) { return; }
${names.map((name, i) => `    let ${name} = ${variable(i)}[${name}At${scalar[i] ? "" : " + i"}];`).join("\n")}
${text.statements}
${text.outputs.map((value, i) => `    ${variable(ins + i)}[y${i}At + i] = ${value};`).join("\n")}
  }`,
    },
    inPlace: members.flatMap(({ places }) =>
      scalar.flatMap((one, i) => (one ? [] : program.outputs.map((_, j) => [places[i]!, places[ins + j]!] as const))),
    ),
  };
};

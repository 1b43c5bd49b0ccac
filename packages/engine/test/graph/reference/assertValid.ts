import type { ElementProgram } from "../../../src/graph/elementwise.ts";
import type { Graph, GraphNode, Shape, Use } from "../../../src/graph/graph.ts";
import { broadcastShape } from "./graphBuilder.ts";

const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

const check = (holds: boolean, message: string): void => {
  if (!holds) throw new Error(message);
};

const checkProgram = (program: ElementProgram, inputs: readonly Shape[], shape: Shape): void => {
  check(program.inputs === inputs.length, "one input for each of the program's");
  program.instructions.forEach(({ args }, i) =>
    check(
      args.every((register) => register >= 0 && register < program.inputs + i),
      "instructions read what is before them",
    ),
  );
  check(
    program.outputs.every((register) => register < program.inputs + program.instructions.length),
    "outputs are registers",
  );
  for (const input of inputs)
    check(broadcastShape(input, shape)?.join() === shape.join(), `[${input.join()}] broadcasts to [${shape.join()}]`);
};

/** How many inputs come before those of each set of a joined node, and how many sets there are. */
const setsOf = (node: GraphNode): { readonly before: number; readonly count: number } => {
  if (node.op === "ElementwiseMany")
    return { before: 0, count: node.outputs.length / (node.attrs.program as ElementProgram).outputs.length };
  if (node.op === "DenseMany") return { before: 1, count: node.outputs.length };
  return { before: 0, count: 1 };
};

/** Each set of a joined node as a node of its own. */
const partsOf = (node: GraphNode): readonly GraphNode[] => {
  const { before, count } = setsOf(node);
  const [inputs, outputs] = [(node.inputs.length - before) / count, node.outputs.length / count];
  check(Number.isInteger(inputs) && Number.isInteger(outputs), "all sets are of one length");
  return Array.from({ length: count }, (_, i) => {
    const own = <T>(all: readonly T[]): readonly T[] => [
      ...all.slice(0, before),
      ...all.slice(before + i * inputs, before + (i + 1) * inputs),
    ];
    return {
      ...node,
      inputs: own(node.inputs),
      names: own(node.names),
      outputs: node.outputs.slice(i * outputs, (i + 1) * outputs),
    };
  });
};

const checkPart = (graph: Graph, node: GraphNode): void => {
  const shapes = node.outputs.map((value) => graph.values[value]!.shape);
  const seen = node.inputs.map((use) => use.shape);
  if (node.op === "Elementwise" || node.op === "ElementwiseMany") {
    const program = node.attrs.program as ElementProgram;
    check(program.outputs.length === node.outputs.length, "one register for each output");
    for (const shape of shapes) checkProgram(program, seen, shape);
  }
  const epilogue = node.attrs.epilogue as ElementProgram | undefined;
  if (epilogue === undefined) return;
  const own = node.inputs.length - epilogue.inputs + 1;
  check(node.outputs.length === 1 && epilogue.outputs.length === 1, "an epilogue has one output");
  checkProgram(epilogue, [shapes[0]!, ...seen.slice(own)], shapes[0]!);
};

const checkNode = (graph: Graph, node: GraphNode): void => {
  check(node.names.length === node.inputs.length, "every input has a name");
  check(new Set(node.names).size === node.names.length, "no two inputs have one name");
  if (node.op === "Elementwise")
    check(
      node.names.every((name, i) => name === String(i)),
      "inputs are named by their number",
    );
  const epilogue = node.attrs.epilogue as ElementProgram | undefined;
  if (epilogue !== undefined && node.op !== "DenseMany")
    check(
      node.names.slice(node.inputs.length - epilogue.inputs + 1).every((name, i) => name === `epilogue${i + 1}`),
      "an epilogue's inputs have its name",
    );
  for (const part of partsOf(node)) checkPart(graph, part);
};

/** Throws unless all is made once and before it is read, shapes fit, and programs are well formed. */
export const assertValid = (graph: Graph): void => {
  const made = new Set([...graph.inputs, ...graph.constants.keys()]);
  const read = ({ value, shape }: Use): void => {
    check(made.has(value), `value ${value} is made before it is read`);
    check(sizeOf(graph.values[value]!.shape) === sizeOf(shape), `value ${value} is seen with a shape of its size`);
  };
  for (const node of graph.nodes) {
    node.inputs.forEach(read);
    for (const value of node.outputs) {
      check(!made.has(value), `value ${value} is made once`);
      made.add(value);
    }
    checkNode(graph, node);
  }
  graph.outputs.forEach(read);
};

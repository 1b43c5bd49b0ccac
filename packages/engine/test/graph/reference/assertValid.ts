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

const checkNode = (graph: Graph, node: GraphNode): void => {
  const shapes = node.outputs.map((value) => graph.values[value]!.shape);
  check(node.names.length === node.inputs.length, "every input has a name");
  if (node.op === "Elementwise") {
    const program = node.attrs.program as ElementProgram;
    check(program.outputs.length === node.outputs.length, "one register for each output");
    const seen = node.inputs.map((use) => use.shape);
    for (const shape of shapes) checkProgram(program, seen, shape);
    check(
      node.names.every((name, i) => name === String(i)),
      "inputs are named by their number",
    );
  }
  const epilogue = node.attrs.epilogue as ElementProgram | undefined;
  if (epilogue === undefined) return;
  const own = node.inputs.length - epilogue.inputs + 1;
  const seen = node.inputs.slice(own).map((use) => use.shape);
  check(node.outputs.length === 1 && epilogue.outputs.length === 1, "an epilogue has one output");
  check(
    node.names.slice(own).every((name, i) => name === `epilogue${i + 1}`),
    "an epilogue's inputs have its name",
  );
  checkProgram(epilogue, [shapes[0]!, ...seen], shapes[0]!);
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

import type { ElementProgram } from "../../../src/graph/elementwise.ts";
import type { Graph, GraphNode, Shape } from "../../../src/graph/graph.ts";
import { atEveryPlace, joinedKernels } from "./joinedKernels.ts";
import { kernels, type Numbers, type Tensor } from "./kernels.ts";

const runNode = (node: GraphNode, inputs: readonly Tensor[], shapes: readonly Shape[]): readonly Numbers[] => {
  const joined = joinedKernels[node.op];
  if (joined !== undefined) return joined(node, inputs, shapes);
  const [shape] = shapes as readonly [Shape];
  const epilogue = node.attrs.epilogue as ElementProgram | undefined;
  const own = epilogue === undefined ? inputs.length : inputs.length - epilogue.inputs + 1;
  const raw = kernels[node.op]!(inputs.slice(0, own), node.attrs, shape);
  if (epilogue === undefined) return [raw];
  return atEveryPlace(epilogue, [{ shape, numbers: raw }, ...inputs.slice(own)], shape);
};

/**
 * Runs a graph in float64.
 * @param inputs the numbers of each of the graph's inputs
 */
export const interpret = (graph: Graph, inputs: readonly Numbers[]): readonly Tensor[] => {
  const numbers = new Map<number, Numbers>(graph.constants as ReadonlyMap<number, Numbers>);
  graph.inputs.forEach((value, i) => numbers.set(value, inputs[i]!));
  const see = ({ value, shape }: { readonly value: number; readonly shape: Shape }): Tensor => {
    const known = numbers.get(value);
    if (known === undefined) throw new Error(`interpret: value ${value} is read before it is made`);
    return { shape, numbers: known };
  };
  for (const node of graph.nodes) {
    const shapes = node.outputs.map((value) => graph.values[value]!.shape);
    runNode(node, node.inputs.map(see), shapes).forEach((made, i) => numbers.set(node.outputs[i]!, made));
  }
  return graph.outputs.map(see);
};

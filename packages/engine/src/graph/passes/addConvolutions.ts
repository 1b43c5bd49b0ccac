import type { ElementProgram } from "../elementwise.ts";
import type { Attrs, Graph, GraphNode, Use } from "../graph.ts";
import { ownInputs } from "../programs/epilogue.ts";
import { removeUnused } from "../programs/removeUnused.ts";
import { readersOf, returnedBy } from "../readersOf.ts";
import { sameShape } from "../shapes/sameShape.ts";

/** One of the convolutions of a ConvolutionSum. Its images and filter are inputs 2i and 2i + 1. */
export type Summand = {
  /** Strides, padding and so on, as a Conv2D has them. */
  readonly attrs: Attrs;
  /** Where its images are only some of the channels that the filter has: the first of them. */
  readonly from?: number;
};

/**
 * The program without an input that is added to input 0 as it is, directly or after other terms; undefined if it is not.
 * Input 0 then has to contain it.
 */
const withoutTerm = (program: ElementProgram, term: number): ElementProgram | undefined => {
  const { inputs, instructions, outputs } = program;
  const uses = new Map<number, number>();
  for (const register of [...instructions.flatMap(({ args }) => args), ...outputs])
    uses.set(register, (uses.get(register) ?? 0) + 1);
  if (uses.get(0) !== 1 || uses.get(term) !== 1) return undefined;
  /** Whether a register is input 0 plus terms, none of which is used elsewhere. */
  const isSum = (register: number): boolean => {
    if (register === 0) return true;
    const instruction = instructions[register - inputs];
    return instruction?.op === "add" && uses.get(register) === 1 && instruction.args.some(isSum);
  };
  const at = instructions.findIndex(({ op, args: [a, b] }) => op === "add" && ((a === term && isSum(b!)) || (b === term && isSum(a!)))); // prettier-ignore
  if (at < 0) return undefined;
  const { args } = instructions[at]!;
  const other = args[0] === term ? args[1]! : args[0]!;
  const gone = inputs + at;
  const rename = (register: number): number => (register === gone ? other : register);
  return removeUnused({
    inputs,
    instructions: instructions.map((instruction) => ({ ...instruction, args: instruction.args.map(rename) })),
    outputs: outputs.map(rename),
  });
};

/** The program without an input that nothing uses. */
const withoutInput = ({ inputs, instructions, outputs }: ElementProgram, gone: number): ElementProgram => {
  const rename = (register: number): number => (register > gone ? register - 1 : register);
  return {
    inputs: inputs - 1,
    instructions: instructions.map((instruction) => ({ ...instruction, args: instruction.args.map(rename) })),
    outputs: outputs.map(rename),
  };
};

const summandsOf = ({ op, attrs }: GraphNode): readonly Summand[] => {
  if (op === "ConvolutionSum") return attrs.summands as readonly Summand[];
  const { epilogue: _, ...settings } = attrs;
  return [{ attrs: settings }];
};

/** A convolution that takes the term of its epilogue which another convolution makes into its own sum. */
const joined = (node: GraphNode, other: GraphNode, term: number): GraphNode | undefined => {
  const program = withoutTerm(node.attrs.epilogue as ElementProgram, term);
  if (program === undefined) return undefined;
  const own = ownInputs(node);
  const further = node.inputs.slice(own).filter((_, i) => i + 1 !== term);
  const summands = [...summandsOf(node), ...summandsOf(other)];
  const inputs: readonly Use[] = [...node.inputs.slice(0, own), ...other.inputs, ...further];
  return {
    op: "ConvolutionSum",
    inputs,
    names: [...summands.flatMap((_, i) => [`x${i}`, `filter${i}`]), ...further.map((_, i) => `epilogue${i + 1}`)],
    attrs: { summands, epilogue: withoutInput(program, term) },
    outputs: node.outputs,
  };
};

const isConvolution = ({ op }: GraphNode): boolean => op === "Conv2D" || op === "ConvolutionSum";

/**
 * Convolutions of which one adds what the other makes, as the two branches of a residual block, become one
 * (ConvolutionSum): the sums of both are made in one place, and never lie in memory.
 * @param buffers how many different values one may read and make
 */
export const addConvolutions = (graph: Graph, buffers = Infinity): Graph => {
  const nodes: (GraphNode | undefined)[] = [...graph.nodes];
  const readers = readersOf(graph.nodes);
  const returned = returnedBy(graph);
  const makers = new Map(graph.nodes.flatMap((node, i) => node.outputs.map((value) => [value, i] as const)));
  nodes.forEach((first, i) => {
    let node = first;
    if (node === undefined || !isConvolution(node)) return;
    const { shape } = graph.values[node.outputs[0]!]!;
    for (let changed = true; changed;) {
      changed = false;
      const current: GraphNode = node!;
      const own = ownInputs(current);
      for (const [j, use] of current.inputs.slice(own).entries()) {
        const at = makers.get(use.value);
        const other = at === undefined ? undefined : nodes[at];
        const fits =
          other !== undefined &&
          isConvolution(other) &&
          other.attrs.epilogue === undefined &&
          !returned.has(use.value) &&
          readers.get(use.value)!.size === 1 &&
          current.inputs.filter(({ value }) => value === use.value).length === 1 &&
          sameShape(use.shape, shape) &&
          sameShape(graph.values[use.value]!.shape, shape);
        const sum = fits ? joined(current, other, j + 1) : undefined;
        if (sum === undefined || new Set(sum.inputs.map(({ value }) => value)).size + 1 > buffers) continue;
        nodes[at!] = undefined;
        node = sum;
        nodes[i] = sum;
        changed = true;
        break;
      }
    }
  });
  return { ...graph, nodes: nodes.filter((node) => node !== undefined) };
};

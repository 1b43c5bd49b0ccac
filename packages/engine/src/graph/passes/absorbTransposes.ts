import type { Graph, GraphNode, Shape, Use } from "../graph.ts";
import { redirect } from "../redirect.ts";
import { composeTransposes } from "../shapes/composeTransposes.ts";
import { reduceTranspose, type Transposition } from "../shapes/reduceTranspose.ts";
import { sameShape } from "../shapes/sameShape.ts";
import { sizeOf } from "../shapes/sizeOf.ts";

/** Where a transposed value comes from. */
type Origin = Transposition & {
  /** The value before it was transposed. */
  readonly source: number;
};

const resultOf = ({ shape, perm }: Transposition): Shape => perm.map((axis) => shape[axis]!);

/**
 * The source of a matrix operand, if the operand as the product sees it, [..., n, m], is its source as [..., m, n] with
 * the last two axes swapped.
 */
const swapped = (use: Use, origin: Origin | undefined): Use | undefined => {
  if (origin === undefined || use.shape.length < 2) return undefined;
  const batch = use.shape.slice(0, -2);
  const [n, m] = use.shape.slice(-2) as [number, number];
  const wanted = reduceTranspose([sizeOf(batch), m, n], [0, 2, 1]);
  const same = sameShape(wanted.shape, origin.shape) && sameShape(wanted.perm, origin.perm);
  return same ? { value: origin.source, shape: [...batch, m, n] } : undefined;
};

const absorb = (node: GraphNode, origins: ReadonlyMap<number, Origin>): GraphNode => {
  const sources = node.inputs.slice(0, 2).map((use) => swapped(use, origins.get(use.value)));
  if (sources.every((source) => source === undefined)) return node;
  const { transposeA = false, transposeB = false } = node.attrs;
  return {
    ...node,
    inputs: node.inputs.map((use, i) => sources[i] ?? use),
    attrs: {
      ...node.attrs,
      transposeA: Boolean(transposeA) !== (sources[0] !== undefined),
      transposeB: Boolean(transposeB) !== (sources[1] !== undefined),
    },
  };
};

/** A Transpose as one movement from the first value of a chain of them. */
const originOf = (node: GraphNode, origins: ReadonlyMap<number, Origin>): Origin => {
  const [use] = node.inputs as [Use];
  const own = reduceTranspose(use.shape, node.attrs.perm as readonly number[]);
  const before = origins.get(use.value);
  const composed = before && composeTransposes(before, own);
  return before && composed ? { ...composed, source: before.source } : { ...own, source: use.value };
};

/**
 * Matrix products read transposed operands in place: a Transpose that swaps the last two axes, as the product sees them,
 * becomes `transposeA` or `transposeB`. Transposes of transposes become one of as few axes as possible, and those that move
 * nothing disappear.
 */
export const absorbTransposes = (graph: Graph): Graph => {
  const values = [...graph.values];
  const origins = new Map<number, Origin>();
  const replacements = new Map<number, number>();
  const nodes = graph.nodes.flatMap((node): readonly GraphNode[] => {
    if (node.op === "BatchMatMul") return [absorb(node, origins)];
    if (node.op !== "Transpose") return [node];
    const [output] = node.outputs as [number];
    const origin = originOf(node, origins);
    if (origin.perm.length <= 1) {
      replacements.set(output, origin.source);
      return [];
    }
    origins.set(output, origin);
    values[output] = { ...values[output]!, shape: resultOf(origin) };
    return [{ ...node, inputs: [{ value: origin.source, shape: origin.shape }], attrs: { perm: origin.perm } }];
  });
  return redirect({ ...graph, values, nodes }, replacements);
};

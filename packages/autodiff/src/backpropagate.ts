import { type Tensor, add, fill } from "@tensorflow/tfjs-core";
import { ownAll } from "./ownAll.ts";
import { isRecording, nodeGradients, type TapeNode } from "./tape.ts";
import { locallyConstant } from "./rules/locallyConstant.ts";

/** The nodes on paths from `inputs` to `outputs`, each with the names of those of its inputs that need a gradient. */
const between = (
  nodes: readonly TapeNode[],
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
): readonly { readonly node: TapeNode; readonly wanted: readonly string[] }[] => {
  const fromInputs = new Set(inputs.map((x) => x.id));
  const forward = nodes.flatMap((node) => {
    if (locallyConstant.has(node.kernelName)) return [];
    const wanted = Object.keys(node.inputs).filter((name) => fromInputs.has(node.inputs[name]!.id));
    if (wanted.length === 0) return [];
    // Integers and booleans carry no derivative.
    const reached = node.outputs.filter((y) => y.dtype === "float32");
    reached.forEach((y) => fromInputs.add(y.id));
    return reached.length > 0 ? [{ node, wanted }] : [];
  });
  const toOutputs = new Set(outputs.map((y) => y.id));
  return forward.reverse().filter(({ node, wanted }) => {
    if (!node.outputs.some((y) => toOutputs.has(y.id))) return false;
    wanted.forEach((name) => toOutputs.add(node.inputs[name]!.id));
    return true;
  });
};

/** The gradients of those inputs of a node that are wanted, each a tensor of its own. */
const nodeStep = (node: TapeNode, wanted: readonly string[], dys: readonly (Tensor | null)[]): readonly Tensor[] =>
  ownAll(() => {
    const thunks = nodeGradients(node, dys);
    return wanted.map((name) => {
      const { kernelName, inputs } = node;
      const x = inputs[name]!;
      const thunk = thunks[name];
      if (thunk === undefined)
        throw new Error(`gradient: the rule of ${kernelName} has no gradient for its input "${name}"`);
      const dx = ownAll(() => [thunk()])[0]!;
      if (dx.dtype !== "float32" || dx.shape.join() !== x.shape.join())
        throw new Error(
          `gradient: the rule of ${kernelName} must give float32 [${x.shape.join()}] for its input "${name}", ` +
            `got ${dx.dtype} [${dx.shape.join()}]`,
        );
      return dx;
    });
  });

/**
 * Walks recorded nodes backwards: the gradients of sum_i <outputs_i, seeds_i> with respect to `inputs`, zero where
 * nothing connects them. Must run in a tidy scope, to which the results belong; they may be seeds, or shared.
 * Unless it is recorded itself, each gradient and each saved tensor is freed after its last use: the peak of memory is
 * that of the forward pass.
 */
export const backpropagate = (
  nodes: readonly TapeNode[],
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  seeds: readonly Tensor[],
): readonly Tensor[] => {
  const last = !isRecording();
  const gradients = new Map<number, Tensor>();
  const borrowed = new Set(seeds.map((seed) => seed.id));
  const keep = new Set(inputs.map((x) => x.id));
  const free = (tensor: Tensor): void => {
    if (!borrowed.has(tensor.id)) tensor.dispose();
  };
  const accumulate = (x: Tensor, dx: Tensor): void => {
    const before = gradients.get(x.id);
    gradients.set(x.id, before === undefined ? dx : add(before, dx));
    if (before !== undefined) [before, dx].forEach(free);
  };
  outputs.forEach((y, i) => accumulate(y, seeds[i]!));
  for (const { node, wanted } of between(nodes, inputs, outputs)) {
    const dys = node.outputs.map((y) => gradients.get(y.id) ?? null);
    if (dys.every((dy) => dy === null)) continue;
    const dxs = nodeStep(node, wanted, dys);
    wanted.forEach((name, i) => accumulate(node.inputs[name]!, dxs[i]!));
    if (!last) continue;
    node.outputs.forEach((y, i) => {
      if (keep.has(y.id) || dys[i] === null) return;
      gradients.delete(y.id);
      free(dys[i]!);
    });
    node.saved?.forEach((tensor) => tensor.dispose());
  }
  return inputs.map((x) => gradients.get(x.id) ?? fill(x.shape, 0));
};

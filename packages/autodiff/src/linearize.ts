import { type Tensor, clone } from "@tensorflow/tfjs-core";
import { backpropagate } from "./backpropagate.ts";
import { ownAll } from "./ownAll.ts";
import { registerRules } from "./rules/register.ts";
import { record, releaseTape } from "./tape.ts";

/** What a function that is being differentiated gives back: outputs to differentiate, and others just to hand out. */
type Traced = { readonly outputs: readonly Tensor[]; readonly aux: readonly Tensor[] };

/**
 * The one place where derivatives come from. Runs `f` on clones of `inputs` (new identities: a tensor that f reaches by
 * another way is a constant), then walks back from `seeds(outputs)`.
 * All results belong to the caller; nothing else stays alive, also if anything throws.
 */
export const linearize = (
  inputs: readonly Tensor[],
  f: (inputs: readonly Tensor[]) => Traced,
  seeds: (outputs: readonly Tensor[]) => readonly Tensor[],
): { readonly outputs: readonly Tensor[]; readonly aux: readonly Tensor[]; readonly gradients: readonly Tensor[] } => {
  registerRules();
  let counts = { outputs: 0, aux: 0 };
  try {
    const all = ownAll(() => {
      const fresh = inputs.map((x) => clone(x));
      const { result: traced, nodes } = record(() => {
        const owned = ownAll(() => {
          const { outputs, aux } = f(fresh);
          counts = { outputs: outputs.length, aux: aux.length };
          return [...outputs, ...aux];
        });
        return { outputs: owned.slice(0, counts.outputs), aux: owned.slice(counts.outputs) };
      });
      const gradients = backpropagate(nodes, fresh, traced.outputs, seeds(traced.outputs));
      return [...traced.outputs, ...traced.aux, ...gradients];
    });
    return {
      outputs: all.slice(0, counts.outputs),
      aux: all.slice(counts.outputs, counts.outputs + counts.aux),
      gradients: all.slice(counts.outputs + counts.aux),
    };
  } finally {
    releaseTape();
  }
};

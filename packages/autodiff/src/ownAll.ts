import { type Tensor, clone, engine, tidy } from "@tensorflow/tfjs-core";

/**
 * Runs `make` in a tidy scope and hands its tensors over to the caller. A tensor that was not made inside, or that is
 * listed twice, is replaced by a clone (which shares the data): results never are arguments, and can be freed one by one.
 * Everything else made inside is freed, also if `make` throws.
 */
export const ownAll = (make: () => readonly Tensor[]): Tensor[] =>
  tidy(() => {
    const scope = engine().state.activeScope.id;
    const seen = new Set<number>();
    return make().map((tensor) => {
      const fresh = tensor.scopeId === scope && !tensor.kept && !seen.has(tensor.id);
      seen.add(tensor.id);
      return fresh ? tensor : clone(tensor);
    });
  });

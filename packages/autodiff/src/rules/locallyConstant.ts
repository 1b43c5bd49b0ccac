/** Kernels with derivative zero wherever they have one. Nothing is propagated through them. */
export const locallyConstant: ReadonlySet<string> = new Set([
  "Ceil",
  "Floor",
  "FloorDiv",
  "OnesLike",
  "Round",
  "Sign",
  "Step",
  "ZerosLike",
]);

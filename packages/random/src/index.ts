export { bits } from "./bits.ts";
export { fillNormal } from "./fillNormal.ts";
export { foldIn } from "./foldIn.ts";
export { integers } from "./integers.ts";
export { key, type Key } from "./key.ts";
export { normal } from "./normal.ts";
export { permutation } from "./permutation.ts";
export { split } from "./split.ts";
export { uniform } from "./uniform.ts";

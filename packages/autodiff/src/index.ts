export * as ops from "./ops.ts";
export type { Tensor } from "@tensorflow/tfjs-core";

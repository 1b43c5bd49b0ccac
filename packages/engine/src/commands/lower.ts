import { kernelNames, type KernelTable, kernelTable } from "../kernels/kernelTable.ts";
import { attention, attentionGradient } from "./attention.ts";
import { convolution, convolutionFilterGradient, convolutionInputGradient } from "./convolution.ts";
import { elementwise, longSum } from "./elementwise.ts";
import { batchMatMul } from "./gemm.ts";
import { groupNorm, groupNormGradient } from "./groupNorm.ts";
import type { Lowering } from "./lowering.ts";
import { concat, enlarge, fill, pad, pool, reverse, slice, splitAlong, tile, transpose } from "./move.ts";
import { noise } from "./noise.ts";
import { reduce, softmax } from "./reduce.ts";

const table: KernelTable<Lowering> = kernelTable({
  empty: (outputs) => ({ outputs, temporaries: [], blocks: [], commands: [] }),
  ...{ elementwise, longSum, batchMatMul, convolution, convolutionInputGradient, convolutionFilterGradient },
  ...{ reduce, softmax, groupNorm, groupNormGradient, attention, attentionGradient, pool, enlarge },
  ...{ transpose, slice, reverse, tile, pad, concat, split: splitAlong, fill, noise },
});

/**
 * Turns a kernel into commands of the machine.
 * @returns undefined where the machine has none, and tfjs's cpu kernel of this name must do
 */
export const lower = table.lower;

/** All kernels for which {@link lower} may have commands. */
export const lowered: readonly string[] = kernelNames;

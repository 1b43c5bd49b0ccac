import { int } from "./layout";
import { attention, attentionKeys, attentionQueries } from "./attention";
import { convolution, filterGradient, packFilter } from "./convolution";
import { elementwise } from "./elementwise";
import { gemm, pack } from "./gemm";
import { fill, move, pool, transpose } from "./move";
import { noise } from "./noise";
import { groupNorm, groupNormGradient, softmax } from "./norm";
import { reduce } from "./reduce";
import {
  winograd, winogradFilter, winogradFilterGradient, winogradProducts, winogradSpread, winogradTiles,
} from "./winograd";

/** Runs this thread's share of a command; `src/commands/lowering.ts` has the numbers' names. */
export function runCommand(command: usize, scratch: usize): void {
  switch (int(command, 0)) {
    case 0: elementwise(command, scratch); break;
    case 1: gemm(command, scratch); break;
    case 2: pack(command); break;
    case 3: convolution(command, scratch); break;
    case 4: packFilter(command); break;
    case 5: filterGradient(command, scratch); break;
    case 6: winograd(command, scratch); break;
    case 7: winogradFilter(command, scratch); break;
    case 8: winogradTiles(command, scratch); break;
    case 9: winogradSpread(command, scratch); break;
    case 10: winogradProducts(command, scratch); break;
    case 11: winogradFilterGradient(command, scratch); break;
    case 12: reduce(command); break;
    case 13: groupNorm(command, scratch); break;
    case 14: groupNormGradient(command, scratch); break;
    case 15: softmax(command); break;
    case 16: attention(command, scratch); break;
    case 17: attentionQueries(command, scratch); break;
    case 18: attentionKeys(command, scratch); break;
    case 19: move(command); break;
    case 20: transpose(command); break;
    case 21: fill(command); break;
    case 22: pool(command); break;
    default: noise(command, scratch);
  }
}

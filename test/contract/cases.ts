import { derivativeCases } from "./cases/derivatives.ts";
import { largeCases } from "./cases/large.ts";
import { lossCases } from "./cases/losses.ts";
import { netCases } from "./cases/nets.ts";
import { noiseCases } from "./cases/noise.ts";
import { opCases } from "./cases/ops.ts";
import { samplerCases } from "./cases/samplers.ts";
import { sizeCases } from "./cases/sizes.ts";
import { trainingCases } from "./cases/training.ts";
import type { ContractCase } from "./contractCase.ts";

/** Everything that every backend has to compute alike. */
export const cases: readonly ContractCase[] = [
  ...[opCases, derivativeCases, sizeCases, noiseCases, netCases, lossCases, samplerCases, trainingCases, largeCases],
].flat();

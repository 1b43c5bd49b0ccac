import type { Graph } from "./graph.ts";
import { absorbTransposes } from "./passes/absorbTransposes.ts";
import { bringTogether } from "./passes/bringTogether.ts";
import { foldConstants, type Evaluate } from "./passes/foldConstants.ts";
import { fuseElementwise } from "./passes/fuseElementwise.ts";
import { fuseEpilogues } from "./passes/fuseEpilogues.ts";
import { removeCommon } from "./passes/removeCommon.ts";
import { removeDead } from "./passes/removeDead.ts";
import { removeMoves } from "./passes/removeMoves.ts";
import type { ProgramLimits } from "./programs/fits.ts";
import { simplifyPrograms } from "./passes/simplifyPrograms.ts";
import { toElementwise, type ScalarOf } from "./passes/toElementwise.ts";

/** What optimise may do. */
export type OptimiseOptions = {
  /** Joins kernels; without it, every number is computed as the kernels one by one compute it, bit for bit. True. */
  readonly fusion?: boolean;
  /** Rounds a product and a sum once instead of twice where they are joined; true. */
  readonly fma?: boolean;
  /** Passes before elementwise nodes are joined, each of which is one function still. */
  readonly prepare?: (graph: Graph) => Graph;
  /** How large joined programs may become, and those that finish what kernels compute. */
  readonly limits?: { readonly programs?: ProgramLimits; readonly epilogues?: ProgramLimits };
  /** Computes nodes of constants in advance; without it they stay. */
  readonly evaluate?: Evaluate;
  /** Looks up values of size 1 that are known numbers; none. */
  readonly scalarOf?: ScalarOf;
};

/** A graph that computes the same in fewer and larger nodes: all passes in their order. */
export const optimise = (
  graph: Graph,
  { fusion = true, fma = true, prepare = (graph) => graph, limits = {}, evaluate, scalarOf }: OptimiseOptions = {},
): Graph => {
  const folded = evaluate === undefined ? graph : foldConstants(removeDead(graph), evaluate);
  const moved = absorbTransposes(removeMoves(removeDead(folded)));
  const single = removeDead(removeCommon(toElementwise(moved, scalarOf)));
  if (!fusion) return single;
  const exact = simplifyPrograms(bringTogether(prepare(single)), { fma: false });
  const fused = simplifyPrograms(fuseElementwise(fuseEpilogues(exact, limits.epilogues), limits.programs), { fma });
  return removeDead(removeCommon(fused));
};

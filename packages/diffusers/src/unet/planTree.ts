import type { Parameter } from "@nonmarkov/nets";

/** A tree of parameters' plans, as `unetPlan` makes. */
export type PlanTree = Parameter | readonly PlanTree[] | { readonly [name: string]: PlanTree };

const isParameter = (node: PlanTree): node is Parameter => "initial" in node && "shape" in node;

const join = (path: string, key: string | number): string => (path === "" ? `${key}` : `${path}.${key}`);

/** All parameters with their names: keys joined by dots, as PyTorch has them. */
export const planEntries = (node: PlanTree, path = ""): readonly (readonly [name: string, parameter: Parameter])[] => {
  if (isParameter(node)) return [[path, node]];
  if (Array.isArray(node))
    return (node as readonly PlanTree[]).flatMap((child, i) => planEntries(child, join(path, i)));
  return Object.entries(node).flatMap(([key, child]) => planEntries(child, join(path, key)));
};

/** A tree of the plan's structure, whose leaf of each name is `leafAt(name)`. */
export const planRebuild = <Leaf>(node: PlanTree, leafAt: (name: string) => Leaf, path = ""): unknown => {
  if (isParameter(node)) return leafAt(path);
  if (Array.isArray(node))
    return (node as readonly PlanTree[]).map((child, i) => planRebuild(child, leafAt, join(path, i)));
  return Object.fromEntries(
    Object.entries(node).map(([key, child]) => [key, planRebuild(child, leafAt, join(path, key))]),
  );
};

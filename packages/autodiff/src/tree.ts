import { Tensor } from "@tensorflow/tfjs-core";

/**
 * Nested plain objects and arrays whose leaves are tensors: parameters, gradients, optimizer states.
 * Trees are never changed in place. Keys are visited in sorted order, so the order of construction does not matter;
 * a key whose value is undefined counts as absent.
 */
export type Tree = Tensor | readonly Tree[] | { readonly [name: string]: Tree | undefined };

/** A leaf's path, keys joined by dots (`"down.0.conv.weight"`; `""` for a tree that is one tensor), and the leaf. */
export type TreeEntry = readonly [path: string, leaf: Tensor];

const describe = (value: unknown): string =>
  value === null ? "null" : typeof value === "object" ? (value.constructor?.name ?? "an object") : typeof value;

const join = (path: string, key: string | number): string => (path === "" ? `${key}` : `${path}.${key}`);

const named = (path: string): string => (path === "" ? "the tree itself" : `"${path}"`);

/** The keys of a plain object in sorted order, without absent ones. */
const keysOf = (node: { readonly [name: string]: Tree | undefined }, path: string, where: string): string[] => {
  const prototype = Object.getPrototypeOf(node) as unknown;
  if (typeof node !== "object" || (prototype !== Object.prototype && prototype !== null))
    throw new TypeError(
      `${where}: ${named(path)} must be a tensor, an array or a plain object, got ${describe(node)}; ` +
        `keep numbers and settings outside of trees`,
    );
  const keys = Object.keys(node).filter((key) => node[key] !== undefined);
  const bad = keys.find((key) => key === "" || key.includes("."));
  if (bad !== undefined)
    throw new RangeError(`${where}: keys in a tree must not be empty or contain dots, got "${join(path, bad)}"`);
  return keys.sort();
};

const isArray = (node: Tree): node is readonly Tree[] => Array.isArray(node);

const collect = (node: Tree, path: string, where: string, into: TreeEntry[]): TreeEntry[] => {
  if (node instanceof Tensor) into.push([path, node]);
  else if (node === null || node === undefined)
    throw new TypeError(`${where}: ${named(path)} must be a tensor, got ${describe(node)}`);
  else if (isArray(node)) node.forEach((child, i) => collect(child, join(path, i), where, into));
  else for (const key of keysOf(node, path, where)) collect(node[key]!, join(path, key), where, into);
  return into;
};

/**
 * All leaves with their paths, in the tree's order.
 * @throws TypeError naming the path if something is neither a tensor nor an array nor a plain object
 */
export const treeEntries = (tree: Tree): readonly TreeEntry[] => collect(tree, "", "treeEntries", []);

/** All leaves in the tree's order; they still belong to the tree. */
export const treeLeaves = (tree: Tree): readonly Tensor[] => treeEntries(tree).map(([, leaf]) => leaf);

/**
 * Builds a tree of the shape of `like`, whose leaf at each path is `leafAt(path, leaf of like)`.
 * Purely structural: makes no tensors itself.
 */
export const treeRebuild = <P extends Tree>(like: P, leafAt: (path: string, leaf: Tensor) => Tensor): P => {
  const build = (node: Tree, path: string): Tree => {
    if (node instanceof Tensor) return leafAt(path, node);
    if (isArray(node)) return node.map((child, i) => build(child, join(path, i)));
    return Object.fromEntries(keysOf(node, path, "tree").map((key) => [key, build(node[key]!, join(path, key))]));
  };
  return build(like, "") as P;
};

/**
 * The leaves of `tree` in the order of the entries of `like`.
 * @throws RangeError naming the first path that only one of them has, or at which the shapes differ
 */
export const treeAlign = (
  where: string,
  like: readonly TreeEntry[],
  tree: Tree,
  { shapes = true }: { readonly shapes?: boolean } = {},
): readonly Tensor[] => {
  const entries = collect(tree, "", where, []);
  const byPath = new Map(entries);
  const leaves = like.map(([path, leaf]) => {
    const other = byPath.get(path);
    if (other === undefined)
      throw new RangeError(`${where}: trees must have the same paths, ${named(path)} is missing`);
    if (shapes && leaf.shape.join() !== other.shape.join())
      throw new RangeError(
        `${where}: ${named(path)} must have shape [${leaf.shape.join()}], got [${other.shape.join()}]`,
      );
    return other;
  });
  if (entries.length > like.length) {
    const known = new Set(like.map(([path]) => path));
    const extra = entries.find(([path]) => !known.has(path))![0];
    throw new RangeError(`${where}: trees must have the same paths, ${named(extra)} is in one of them only`);
  }
  return leaves;
};

/**
 * A tree shaped like `like` with the leaves of `entries` (in any order).
 * The leaves are taken over as they are: whoever owned them now owns the tree.
 * @throws RangeError naming a path that is missing, unknown, given twice, or whose shape differs from that in `like`
 */
export const treeFromEntries = <P extends Tree>(like: P, entries: Iterable<TreeEntry>): P => {
  const wanted = new Map(collect(like, "", "treeFromEntries", []));
  const given = new Map<string, Tensor>();
  for (const [path, leaf] of entries) {
    const model = wanted.get(path);
    if (model === undefined) throw new RangeError(`treeFromEntries: ${named(path)} is not a path of the tree`);
    if (given.has(path)) throw new RangeError(`treeFromEntries: ${named(path)} is given twice`);
    if (model.shape.join() !== leaf.shape.join())
      throw new RangeError(
        `treeFromEntries: ${named(path)} must have shape [${model.shape.join()}], got [${leaf.shape.join()}]`,
      );
    given.set(path, leaf);
  }
  const missing = [...wanted.keys()].find((path) => !given.has(path));
  if (missing !== undefined) throw new RangeError(`treeFromEntries: ${named(missing)} is missing`);
  return treeRebuild(like, (path) => given.get(path)!);
};

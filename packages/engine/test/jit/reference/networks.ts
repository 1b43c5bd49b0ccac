import { normalTensor, ops, own, type Tensor, type Tree, treeDispose, treeMap } from "@nonmarkov/autodiff";
import { mlp, type Net, unet } from "@nonmarkov/nets";
import { foldIn, key } from "@nonmarkov/random";

/** A network, and what goes in. */
export type Subject = {
  readonly net: Net<Tree>;
  readonly dims: readonly number[];
  readonly classes?: number;
};

/** A network whose parameters are any tree. */
const general = <P extends Tree>(net: Net<P>): Net<Tree> => net as unknown as Net<Tree>;

/** Small networks of every kind. */
export const subjects: Readonly<Record<string, Subject>> = {
  "a U-Net": {
    net: general(unet({ height: 8, width: 8, channels: 2, base: 8, mults: [1, 2], attention: [4], groups: 4 })),
    dims: [8, 8, 2],
  },
  "a U-Net of one level": {
    net: general(unet({ height: 6, width: 6, channels: 1, base: 8, mults: [1], groups: 4 })),
    dims: [6, 6, 1],
  },
  "a U-Net with classes, heads and patches": {
    net: general(unet({ height: 16, width: 8, channels: 1, base: 6, mults: [1, 2], heads: 2, groups: 3, classes: 3, patch: 2 })), // prettier-ignore
    dims: [16, 8, 1],
    classes: 3,
  },
  "an MLP": { net: general(mlp({ dim: 3, hidden: 21, depth: 2, frequencies: 8 })), dims: [3] },
  "an MLP with classes": {
    net: general(mlp({ dim: 2, hidden: 16, depth: 1, frequencies: 6, classes: 4 })),
    dims: [2],
    classes: 4,
  },
};

/** Parameters away from the start, where zeros would hide mistakes. */
export const parametersOf = ({ net }: Subject, seed: number): Tree => {
  const start = net.init(key(seed));
  let i = 0;
  const moved = treeMap(
    (leaf) => own(() => ops.add(leaf, ops.mul(normalTensor(foldIn(key(seed + 1), i++), leaf.shape), 0.1))),
    start,
  );
  treeDispose(start);
  return moved;
};

/** x, t and labels for a batch. */
export const batchOf = ({ dims, classes }: Subject, size: number, seed: number): readonly Tensor[] => [
  normalTensor(key(seed), [size, ...dims]),
  ops.tensor(Array.from({ length: size }, (_, i) => 1 + ((i * 379 + seed * 31) % 1000)), [size], "float32"), // prettier-ignore
  ...(classes === undefined ? [] : [ops.tensor(Array.from({ length: size }, (_, i) => (i % (classes + 1)) - 1), [size], "int32")]), // prettier-ignore
];

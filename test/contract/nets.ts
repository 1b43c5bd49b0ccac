import { ops, type Tensor, type Tree } from "@nonmarkov/autodiff";
import { mlp, type Net, unet } from "@nonmarkov/nets";
import { integers, normals } from "./inputs.ts";
import { tinyNet } from "./tinyNet.ts";

/** A network of any parameters, and what goes in. */
export type Subject = {
  /** The network. */
  readonly net: Net<Tree>;
  /** The shape of a row. */
  readonly dims: readonly number[];
  /** Rows. */
  readonly batch: number;
  /** Whether all rows have one t. */
  readonly oneT?: boolean;
  /** Of a network with classes. */
  readonly classes?: number;
  /** Of a network whose labels are vectors of this width. */
  readonly labels?: number;
};

const general = <P extends Tree>(net: Net<P>): Net<Tree> => net as unknown as Net<Tree>;

/** Networks of every kind and with every option, on odd sizes. */
export const subjects = {
  "an MLP": { net: general(tinyNet), dims: [2], batch: 133 },
  "an MLP with classes": {
    net: general(mlp({ dim: 2, hidden: 21, depth: 1, frequencies: 6, classes: 4 })),
    ...{ dims: [2], batch: 1, classes: 4 },
  },
  "a U-Net": {
    net: general(
      unet({
        ...{ height: 6, width: 10, channels: 3, outputs: 6, base: 6, mults: [1, 2], groups: 3, attention: [3] },
        ...{ heads: 2, downPadding: "both", midScale: Math.SQRT2, labels: "vector", centred: true },
      }),
    ),
    ...{ dims: [6, 10, 3], batch: 3, oneT: true, labels: 24 },
  },
  "a U-Net with classes and patches that changes the resolution in residual blocks": {
    net: general(
      unet({
        ...{ height: 12, width: 20, channels: 1, patch: 2, base: 6, mults: [1, 2], groups: 3, midGroups: 0 },
        ...{ classes: 3, headWidth: 6, scaleShift: true, resnetDown: [6], resnetUp: [3], cosFirst: true },
      }),
    ),
    ...{ dims: [12, 20, 1], batch: 3, classes: 3 },
  },
} satisfies Readonly<Record<string, Subject>>;

/** x, t and labels. */
export const batchOf = ({ dims, batch, oneT = false, classes, labels }: Subject): readonly Tensor[] => [
  normals([batch, ...dims]),
  ops.tensor(Float32Array.from({ length: oneT ? 1 : batch }, (_, i) => 1 + ((i * 379 + 31) % 1000))),
  ...(classes === undefined ? [] : [integers([batch], classes)]),
  ...(labels === undefined ? [] : [normals([batch, labels], 1)]),
];

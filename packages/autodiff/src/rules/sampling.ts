import { AvgPool, ResizeNearestNeighbor, type Tensor, type Tensor4D, avgPool, image, mul } from "@tensorflow/tfjs-core";
import type { Rule } from "./rule.ts";

const pairOf = (value: unknown): [number, number] => {
  const [a, b = a] = [value as number | number[]].flat();
  return [a!, b!];
};

/** Averages over disjoint windows of fh x fw pixels. */
const shrink = (x: Tensor, [fh, fw]: readonly [number, number]): Tensor =>
  avgPool(x as Tensor4D, [fh, fw], [fh, fw], "valid");

/** Repeats each pixel fh x fw times. */
const enlarge = (x: Tensor, [fh, fw]: readonly [number, number]): Tensor => {
  const [height, width] = x.shape.slice(1) as [number, number];
  return image.resizeNearestNeighbor(x as Tensor4D, [height * fh, width * fw]);
};

/** Nearest-neighbour enlargement and average pooling by whole factors: each is the other's adjoint, up to a factor. */
export const samplingRules: readonly Rule[] = [
  {
    kernel: ResizeNearestNeighbor,
    shapes: ["images"],
    gradient: (dy, { shapes: [shape], attrs }) => ({
      images: () => {
        const factors = [dy.shape[1]! / shape![1]!, dy.shape[2]! / shape![2]!] as const;
        if (!factors.every(Number.isInteger) || attrs["alignCorners"] || attrs["halfPixelCenters"])
          throw new RangeError(
            `gradient: resizeNearestNeighbor must enlarge by whole factors, without alignCorners and halfPixelCenters, ` +
              `got [${shape!.join()}] to [${dy.shape.join()}]`,
          );
        return mul(shrink(dy, factors), factors[0] * factors[1]);
      },
    }),
  },
  {
    kernel: AvgPool,
    shapes: ["x"],
    gradient: (dy, { shapes: [shape], attrs }) => ({
      x: () => {
        const factors = pairOf(attrs["filterSize"]);
        const strides = pairOf(attrs["strides"]);
        const exact = factors.every((f, i) => {
          const windows = dy.shape[i + 1]!;
          return (windows === 1 || f === strides[i]) && windows * f === shape![i + 1]!;
        });
        if (!exact)
          throw new RangeError(
            `gradient: avgPool must have disjoint windows that fill the image, got filter ${factors.join("x")}, ` +
              `strides ${strides.join("x")} on [${shape!.join()}]`,
          );
        return mul(enlarge(dy, factors), 1 / (factors[0] * factors[1]));
      },
    }),
  },
];

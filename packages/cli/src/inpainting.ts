import { blendTensor, ops, own, type Tensor } from "@nonmarkov/autodiff";
import type { Known } from "@nonmarkov/samplers";

/** What of every sample is known, and where. */
export type Inpainting = {
  /** One image of the samples' shape, row-major, in [-1, 1]. */
  readonly image: Float32Array;
  /** 1 where the image is known, 0 where it is painted anew: one number for each pixel. */
  readonly keep: Float32Array;
};

/** The same for a batch; `dispose` frees it. */
export const knownOf = (
  { image, keep }: Inpainting,
  shape: readonly number[],
  count: number,
): Known<Tensor> & { readonly dispose: () => void } => {
  const { known, mask } = own(() => ({
    known: ops.tile(ops.tensor(image, [1, ...shape]), [count, ...shape.map(() => 1)]),
    mask: ops.tensor(keep, [1, ...shape.slice(0, -1), 1]),
  }));
  return {
    known,
    blend: blendTensor(mask),
    dispose: () => {
      known.dispose();
      mask.dispose();
    },
  };
};

import type { Tensor } from "@nonmarkov/autodiff";
import type { Denoiser } from "@nonmarkov/samplers";
import type { Call } from "./call.ts";

/** A denoiser, with what its model says of x. */
export type ModelDenoiser = Denoiser<Tensor> & {
  /** Rows that the model takes at once; undefined for any number. */
  readonly batch: number | undefined;
  /** One row of x, such as [height, width, channels]; undefined lengths are free, and all of it where nothing is known. */
  readonly row: readonly (number | undefined)[] | undefined;
};

/** Puts the two together. */
export const modelDenoiser = ({ roles, layout }: Call, denoise: Denoiser<Tensor>): ModelDenoiser => {
  const shape = roles.x.shape;
  const row = shape?.slice(1);
  const ours = layout === "NCHW" && row?.length === 3 ? [row[1], row[2], row[0]] : row;
  return Object.assign((x: Tensor, t: number) => denoise(x, t), { batch: shape?.[0], row: ours });
};

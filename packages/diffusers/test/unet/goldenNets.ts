import { ops, type Tensor } from "@nonmarkov/autodiff";
import { labelTensor } from "@nonmarkov/nets";
import { fileURLToPath } from "node:url";
import { golden } from "../../../../test/golden.ts";

type Reference = { readonly shape: readonly number[]; readonly data: readonly number[] };

/** One evaluation of a reference network. */
export type GoldenCase = {
  readonly name: string;
  readonly timestep: number | readonly number[];
  readonly class_labels?: readonly number[];
  readonly output: Reference;
};

/** What a reference network gives. */
export type GoldenIo = { readonly sample: Reference; readonly cases: readonly GoldenCase[] };

/** The reference networks: their folders, as diffusers saves them, beside inputs and outputs. */
export const goldenNets = ["unet2d_cifar10_tiny", "unet2d_celebahq_tiny", "unet2d_class_tiny"].map((name) => {
  const { missing, load } = golden(`${name}/io.json`);
  const folder = fileURLToPath(new URL(`../../../../../shared/golden/${name}`, import.meta.url));
  return { name, folder, missing, io: () => load<GoldenIo>() };
});

/** A case's arguments in our terms: channels last, and times from 1. */
export const goldenInputs = ({ sample }: GoldenIo, { timestep, class_labels }: GoldenCase) => {
  const times = [timestep].flat().map((t) => t + 1);
  return {
    x: ops.transpose(ops.tensor([...sample.data], [...sample.shape], "float32"), [0, 2, 3, 1]),
    t: ops.tensor(times, [times.length], "float32"),
    labels: class_labels && labelTensor(class_labels, 10),
  };
};

/** The largest difference from a case's output, relative to its largest value. */
export const goldenError = async ({ output }: GoldenCase, y: Tensor): Promise<number> => {
  const got = await ops.transpose(y, [0, 3, 1, 2]).data();
  const largest = output.data.reduce((most, want) => Math.max(most, Math.abs(want)), 0);
  return output.data.reduce((most, want, i) => Math.max(most, Math.abs(want - got[i]!)), 0) / largest;
};

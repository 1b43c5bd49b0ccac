import { ops, own, type Tensor, tensorSpace } from "@nonmarkov/autodiff";
import { readImage } from "@nonmarkov/data/node";
import { memoryOf, noised } from "@nonmarkov/samplers";
import type { EditOptions } from "../commands/edit.ts";
import { drawWithProgress } from "../draw-with-progress.ts";
import { UsageError } from "../errors.ts";
import { guidanceFor } from "../guidance.ts";
import type { Inpainting } from "../inpainting.ts";
import { labelsFor } from "../labels.ts";
import { gaussianLatents } from "../latents.ts";
import type { Output } from "../output.ts";
import { checkClip } from "../plan.ts";
import { planEdit } from "../plan-edit.ts";
import { type SamplingKeys, samplingKeys } from "../sampling-keys.ts";
import { openRun, type Run } from "../trained.ts";
import { withTrained } from "../with-trained.ts";
import { refuseExisting } from "../write-result.ts";
import { writeDrawn } from "../write-drawn.ts";

const sizeOf = ({ config: { shape }, dir }: Run): { readonly size: number; readonly channels: 1 | 3 } => {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || height !== width || (channels !== 1 && channels !== 3))
    throw new UsageError(`${dir}: edits square images in grey or colour, its samples are [${shape.join(", ")}]`);
  return { size: height, channels };
};

/** The index to start from: as asked for, else a part of T. */
const startOf = ({ schedule: { T } }: Run, { from, strength, mask }: EditOptions): number => {
  if (from !== undefined && strength !== undefined)
    throw new UsageError("--from, --strength: say the same in two ways; leave one out");
  if (from !== undefined && from > T) throw new UsageError(`--from: must be in 1..${T}, got ${from}`);
  return from ?? Math.max(1, Math.round((strength ?? (mask === undefined ? 0.6 : 1)) * T));
};

/** Edits start from the noised image; only what is inpainted from T on starts from pure noise. */
const startFrom =
  ({ schedule, config }: Run, image: Float32Array, from: number, keys: SamplingKeys, masked: boolean) =>
  (first: number, count: number): Tensor =>
    masked && from === schedule.T
      ? gaussianLatents(keys.latents, config.shape)(first, count)
      : own(() => {
          const one = ops.tensor(image, [1, ...config.shape]);
          const x0 = ops.tile(one, [count, ...config.shape.map(() => 1)]);
          return noised({ x0, t: from, schedule, key: keys.latents, space: tensorSpace, firstIndex: first });
        });

const readMask = async (path: string, size: number): Promise<Float32Array> =>
  (await readImage(path, { size, channels: 1 })).map((white) => (1 - white) / 2);

/** `nonmarkov edit`. */
export const edit = async (dir: string, options: EditOptions, out: Output): Promise<void> => {
  refuseExisting(options.out, options.force);
  refuseExisting(options.tensors, options.force);
  if (options.resample > 1 && options.mask === undefined)
    throw new UsageError("--resample: fits what --mask paints anew to the rest; add a mask, or leave it out");
  if (options.jump > 1 && options.resample === 1)
    throw new UsageError("--jump: says how many steps --resample repeats together; add that, or leave it out");
  const run = await openRun(dir);
  const { size, channels } = sizeOf(run);
  const from = startOf(run, options);
  const table = planEdit(run.schedule, { ...options, from });
  checkClip(options, table);
  if (options.mask !== undefined && memoryOf(table) > 0)
    throw new UsageError(
      `--mask: puts the known part back after every move, and ${options.sampler} remembers where it was before; take ddim, ddpm or euler-a`,
    );
  const guidance = guidanceFor(run.config, options);
  const labels = labelsFor(run.config, options.class);
  const image = await readImage(options.image, { size, channels });
  const inpainting: Inpainting | undefined =
    options.mask === undefined ? undefined : { image, keep: await readMask(options.mask, size) };
  await withTrained(run, options, out, async (trained) => {
    const keys = samplingKeys(options.seed);
    const drawn = await drawWithProgress(
      {
        trained,
        table,
        start: startFrom(run, image, from, keys, inpainting !== undefined),
        n: options.n,
        key: keys.noise,
        batch: options.batch,
        labels,
        guidance,
        inpainting,
        clipX0: options.clipX0,
      },
      "edit",
      out,
    );
    await writeDrawn(drawn, table, options, out, {
      what: `edits from t = ${from}`,
      run: dir,
      step: trained.step,
      image: options.image,
      ...(options.mask === undefined ? {} : { mask: options.mask }),
      from,
      ...(guidance === undefined ? {} : { guidance }),
    });
  });
};

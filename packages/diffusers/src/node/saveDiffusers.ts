import { type Tensor, treeEntries } from "@nonmarkov/autodiff";
import { fromFloat32 } from "@nonmarkov/checkpoint";
import { makeFolder, type TensorSources, writeSafetensors } from "@nonmarkov/checkpoint/node";
import { naming, syncFolder, writeNewFile } from "@nonmarkov/files/node";
import { unetPlan, type UnetTree } from "@nonmarkov/nets";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseSchedulerText } from "../scheduler/parseSchedulerText.ts";
import { layoutOf, torchShape, toTorch } from "../unet/layout.ts";
import { planEntries, type PlanTree } from "../unet/planTree.ts";
import { toUnet2d } from "../unet/toUnet2d.ts";
import type { DiffusersModel } from "./loadDiffusers.ts";

/** Options of `saveDiffusers`. */
export type SaveDiffusersOptions = {
  /** The type of the weights' numbers; "F32". */
  readonly dtype?: "F32" | "F16";
  /** Whether a folder that exists is replaced, with all that is in it; false. */
  readonly overwrite?: boolean;
};

/** Checks the parameters, and describes them as PyTorch has them; the numbers are fetched one tensor at a time. */
const sources = (plan: PlanTree, params: UnetTree<Tensor>, dtype: "F32" | "F16"): TensorSources => {
  const leaves = new Map(treeEntries(params));
  const entries = planEntries(plan);
  if (leaves.size !== entries.length)
    throw new RangeError(`saveDiffusers: params must have the ${entries.length} tensors of config, got ${leaves.size}`);
  return entries.map(([name, { shape }]) => {
    const leaf = leaves.get(name);
    if (leaf === undefined || leaf.shape.join() !== shape.join() || leaf.dtype !== "float32")
      throw new RangeError(
        `saveDiffusers: params must have "${name}", float32 [${shape.join(", ")}], ` +
          `got ${leaf === undefined ? "none" : `${leaf.dtype} [${leaf.shape.join(", ")}]`}`,
      );
    const layout = layoutOf(name, shape);
    const outside = torchShape(layout, shape);
    const data = async () =>
      fromFloat32(toTorch(layout, shape, (await leaf.data()) as Float32Array), outside, dtype).data;
    return [name, { dtype, shape: outside, data }] as const;
  });
};

const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const modelIndex = (scheduler: string, pipeline: string | undefined) => {
  const { _class_name: name } = parseSchedulerText(scheduler, "saveDiffusers: scheduler");
  return {
    _class_name: pipeline ?? (name === "DDIMScheduler" ? "DDIMPipeline" : "DDPMPipeline"),
    scheduler: ["diffusers", name],
    unet: ["diffusers", "UNet2DModel"],
  };
};

/**
 * Writes a network as diffusers does, for its `from_pretrained`: a folder with config.json and
 * diffusion_pytorch_model.safetensors, or, with a scheduler, that of a pipeline. It appears whole or not at all.
 * @param model whose `params` are those of `diffusersUnet(config)`, which counts time from 0; borrowed. Those of `unet(config)`
 *   trained at t = 1..T become such by `shiftTime(config, params, 1)`. The pipeline's class, where none is given, is
 *   "DDIMPipeline" for a DDIMScheduler and "DDPMPipeline" for others
 * @throws RangeError if diffusers has no words for the configuration, or the parameters are not its
 * @throws FormatError if the scheduler's text is not that of a scheduler that is known here
 * @throws FileError with code "ENOTEMPTY" or "EEXIST" if the folder exists; other codes if the system refuses
 */
export const saveDiffusers = async (
  folder: string,
  { config, params, scheduler, pipeline }: DiffusersModel,
  { dtype = "F32", overwrite = false }: SaveDiffusersOptions = {},
): Promise<void> => {
  const description = text({ _class_name: "UNet2DModel", ...toUnet2d(config) });
  const tensors = sources(unetPlan(config), params, dtype);
  const network = async (into: string): Promise<void> => {
    await writeNewFile(join(into, "config.json"), description);
    await writeSafetensors(join(into, "diffusion_pytorch_model.safetensors"), tensors, { format: "pt" });
  };
  const index = scheduler === undefined ? undefined : text(modelIndex(scheduler, pipeline));
  const whole = async (into: string): Promise<void> => {
    if (scheduler === undefined || index === undefined) return network(into);
    await writeNewFile(join(into, "model_index.json"), index);
    for (const part of ["unet", "scheduler"]) await mkdir(join(into, part));
    await writeNewFile(join(into, "scheduler", "scheduler_config.json"), scheduler);
    await network(join(into, "unet"));
    for (const part of ["unet", "scheduler"]) await syncFolder(join(into, part));
  };
  await naming(folder, "must be a new folder that can be made", async () => {
    await mkdir(dirname(folder), { recursive: true });
    await makeFolder(folder, whole, { replace: overwrite });
    await syncFolder(dirname(folder));
  });
};

import { ops, type Tensor } from "@nonmarkov/autodiff";
import { toFloat32 } from "@nonmarkov/checkpoint";
import { insideFolder, readJson, type SafetensorsFile } from "@nonmarkov/checkpoint/node";
import { type Net, type UnetConfig, unetPlan, type UnetTree } from "@nonmarkov/nets";
import { diffusersUnet } from "../unet/diffusersUnet.ts";
import { fromUnet2d, type ImageSize } from "../unet/fromUnet2d.ts";
import { fromTorch } from "../unet/layout.ts";
import { type Match, matchTensors } from "../unet/matchTensors.ts";
import { planEntries, planRebuild } from "../unet/planTree.ts";
import { parseUnet2dConfig } from "../unet/parseUnet2dConfig.ts";
import { openModelFolder } from "./modelFolder.ts";
import { openWeights } from "./openWeights.ts";

/** A network of diffusers, and the scheduler that it came with: what `saveDiffusers` takes, too. */
export type DiffusersModel = {
  /** The network's configuration, in our words. */
  readonly config: UnetConfig;
  /** The parameters of `diffusersUnet(config)`, float32: the network counts timesteps from 0. */
  readonly params: UnetTree<Tensor>;
  /** The text of scheduler_config.json, unchecked, for `parseSchedulerText`; none where there is only a network. */
  readonly scheduler?: string;
  /** The class of the pipeline, such as "DDPMPipeline"; none where there is only a network. */
  readonly pipeline?: string;
};

/** What `loadDiffusers` gives. */
export type LoadedDiffusers = DiffusersModel & {
  /** The network at our indices, t = 1..T: `diffusersUnet(config)`. */
  readonly net: Net<UnetTree<Tensor>>;
};

/** Options of `loadDiffusers`. */
export type LoadDiffusersOptions = {
  /** The size of the images; default what the configuration says. */
  readonly size?: ImageSize;
  /** Which weights, where there are several: "fp16" for diffusion_pytorch_model.fp16.safetensors; default those without. */
  readonly variant?: string;
};

/** Reads tensor by tensor, so that there is never more than one beside the parameters. */
const readParameters = async (
  file: SafetensorsFile,
  matches: readonly Match[],
): Promise<ReadonlyMap<string, Tensor>> => {
  const made = new Map<string, Tensor>();
  try {
    for (const { name, shape, layout, tensor } of matches) {
      const values = fromTorch(layout, shape, toFloat32(await file.read(tensor)));
      made.set(name, ops.tensor(values, [...shape], "float32"));
    }
    return made;
  } catch (error) {
    for (const tensor of made.values()) tensor.dispose();
    throw error;
  }
};

/**
 * Reads a network that was saved by diffusers: a folder with a UNet2DModel's config.json and weights, or a pipeline of one
 * and a scheduler. Weights are safetensors, one file or several with an index, of 32 or 16 bits; older names of attention
 * layers are known. Everything is checked before the first number is read, and no program in the folder is run.
 * @param folder links in it may lead only to files in it, or into the Hugging Face cache that it lies in
 * @returns whose `params` are owned by the caller
 * @throws FormatError naming options that are not supported, tensors that are missing, superfluous or of another shape or
 *   type, files that are damaged or lie, names that lead out of the folder, and pickles
 * @throws FileError if a file cannot be read
 */
export const loadDiffusers = async (
  folder: string,
  { size, variant }: LoadDiffusersOptions = {},
): Promise<LoadedDiffusers> => {
  const { unet: way, ...rest } = await openModelFolder(folder);
  const [first = "config.json", ...others] = [...way, "config.json"];
  const configPath = await insideFolder(folder, first, ...others);
  const described = await readJson(configPath, (value) => parseUnet2dConfig(value, configPath));
  const config = fromUnet2d(described, size, configPath);
  const plan = unetPlan(config);
  const { file, path } = await openWeights(folder, way, variant);
  try {
    const made = await readParameters(file, matchTensors(planEntries(plan), file.tensors, path));
    const params = planRebuild(plan, (name) => made.get(name)!) as UnetTree<Tensor>;
    return { ...rest, config, params, net: diffusersUnet(config) };
  } finally {
    await file.close();
  }
};

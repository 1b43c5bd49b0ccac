export type { Covariance, Principal } from "./exact/covariance.ts";
export { atIndex, onTensors, type RowDenoiser, type TensorDenoiser } from "./exact/denoisers.ts";
export type { ExactDenoiser, RowFunction } from "./exact/exactDenoiser.ts";
export { type Flow, type Gaussian, gaussianFlow } from "./exact/gaussianFlow.ts";
export { gaussianMixture, type GaussianMixture } from "./exact/gaussianMixture.ts";
export { pointCloud } from "./exact/pointCloud.ts";
export type { Conv, Embedding, Linear, Norm, TimeEmbedding } from "./layers/params.ts";
export type { MlpConfig } from "./mlp/config.ts";
export type { MlpBlock, MlpTree } from "./mlp/params.ts";
export type { Net } from "./net.ts";
export type { Initial, Parameter } from "./parameter.ts";
export type { UnetConfig } from "./unet/config.ts";
export type {
  AttentionTree,
  DownBlockTree,
  MidBlockTree,
  ResizeTree,
  ResnetTree,
  UnetTree,
  UpBlockTree,
} from "./unet/params.ts";

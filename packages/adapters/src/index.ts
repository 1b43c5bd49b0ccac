export type { DenoiserOptions } from "./denoiserOptions.ts";
export type { InputNames } from "./roles.ts";
export type { Layout } from "./layout.ts";
export type { ModelDenoiser } from "./modelDenoiser.ts";
export type { TimeOptions } from "./time.ts";
export {
  graphModelDenoiser,
  type GraphModelLike,
  type GraphModelNode,
  type GraphModelOptions,
} from "./graphModelDenoiser.ts";
export {
  layersModelDenoiser,
  type LayersModelLike,
  type LayersModelNode,
  type LayersModelOptions,
} from "./layersModelDenoiser.ts";
export {
  onnxDenoiser,
  type OnnxModel,
  type OnnxOptions,
  type OnnxSession,
  type OnnxTensor,
  type OnnxTensorClass,
  type OnnxValue,
} from "./onnxDenoiser.ts";
export { unetToOnnx, type UnetToOnnxOptions } from "./onnx/unetToOnnx.ts";

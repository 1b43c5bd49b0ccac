export type { Dtype } from "./dtype.ts";
export { fromFloat32 } from "./fromFloat32.ts";
export { fromBfloat16, fromHalf, toHalf } from "./half.ts";
export { decodeSafetensors, encodeSafetensors, type Safetensors } from "./safetensors.ts";
export type { TensorInfo } from "./safetensorsHeader.ts";
export type { TensorArray, TensorData, TensorEntries } from "./tensorData.ts";
export { toFloat32 } from "./toFloat32.ts";

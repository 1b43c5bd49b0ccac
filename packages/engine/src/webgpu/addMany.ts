import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import {
  AddN,
  getKernel,
  type NamedTensorInfoMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from "@tensorflow/tfjs-core";

const backendName = "webgpu";

/**
 * Puts a sum of any number of tensors in the place of tfjs's, which binds every one to a buffer of one shader: beyond what
 * a shader may have the driver refuses it, and the result would silently be zeros.
 */
export const addMany = (): void => {
  const { kernelFunc: few } = getKernel(AddN, backendName)!;
  unregisterKernel(AddN, backendName);
  registerKernel({
    kernelName: AddN,
    backendName,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const gpu = backend as WebGPUBackend;
      const most = gpu.device.limits.maxStorageBuffersPerShaderStage - 1; // one is the result's
      const sum = (terms: readonly TensorInfo[]): TensorInfo =>
        few({ inputs: terms as unknown as NamedTensorInfoMap, backend, ...(attrs && { attrs }) }) as TensorInfo;
      const terms = inputs as unknown as readonly TensorInfo[];
      let total = sum(terms.slice(0, most));
      for (let i = most; i < terms.length; i += most - 1) {
        const next = sum([total, ...terms.slice(i, i + most - 1)]);
        gpu.disposeData(total.dataId);
        total = next;
      }
      return total;
    },
  });
};

import { type NamedAttrMap, type NamedTensorMap, type Tensor, engine, getKernel } from "@tensorflow/tfjs-core";

/**
 * Runs a kernel that some backends have and tfjs does not know ("GroupNorm", "Silu", ...).
 * @returns its outputs, or undefined where the current backend lacks it: then ops do the same
 */
export const ownKernel = (
  name: string,
  inputs: Readonly<Record<string, Tensor>>,
  attrs: Readonly<Record<string, unknown>> = {},
): readonly Tensor[] | undefined => {
  const { backendName } = engine();
  if (backendName === null || getKernel(name, backendName) === undefined) return undefined;
  const outputs = engine().runKernel(name, inputs as NamedTensorMap, attrs as NamedAttrMap) as unknown;
  return [outputs].flat() as Tensor[];
};

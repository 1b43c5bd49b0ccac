import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { Cos, registerKernel, Sin, type TensorInfo, unregisterKernel } from "@tensorflow/tfjs-core";

type Program = Parameters<WebGPUBackend["runWebGPUProgram"]>[0];

const backendName = "webgpu";
const group = 128;
const mostGroups = 65_535;

/**
 * WGSL: what is left of an angle beside the nearest multiple k of pi/2, which is taken off in three parts so that nothing is
 * lost for angles of thousands, then polynomials on -pi/4..pi/4 (Cephes, sinf). WGSL's own functions may be off by 5e-4 even
 * between -pi and pi.
 */
const wgsl = (shift: 0 | 1): string => `
  fn turned(a : f32) -> f32 {
    let k = round(a * 0.6366197723675814);
    let r = ((a - k * 1.5703125) - k * 4.837512969970703125e-4) - k * 7.54978995489188216e-8;
    let r2 = r * r;
    let s = r + r * r2 * (-1.6666654611e-1 + r2 * (8.3321608736e-3 + r2 * -1.9515295891e-4));
    let c = 1.0 - 0.5 * r2 + r2 * r2 * (4.166664568298827e-2 + r2 * (-1.388731625493765e-3 + r2 * 2.443315711809948e-5));
    let quarter = (i32(k) + ${shift}) & 3;
    let value = select(s, c, (quarter & 1) == 1);
    return select(value, -value, quarter > 1);
  }
  fn main(index : i32) {
    if (index < uniforms.size) {
      setOutputAtIndex(index, turned(getAByOutputIndex(index)));
    }
  }`;

const programOf = (name: string, shift: 0 | 1, { shape }: TensorInfo): Program => {
  const groups = Math.ceil(shape.reduce((a, b) => a * b, 1) / group);
  const rows = Math.ceil(groups / mostGroups);
  return {
    outputShape: shape,
    dispatchLayout: { x: shape.map((_, i) => i) },
    dispatch: [Math.ceil(groups / rows), rows, 1],
    workgroupSize: [group, 1, 1],
    variableNames: ["A"],
    size: true,
    shaderKey: `exact_${name}`,
    getUserCode: () => wgsl(shift),
  };
};

/** Puts sine and cosine that are right to the last digits in the place of tfjs's: embeddings of t take those of 1..T. */
export const sinCos = (): void => {
  for (const [kernelName, shift] of [[Sin, 0] as const, [Cos, 1] as const]) {
    unregisterKernel(kernelName, backendName);
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs: { x }, backend }) => {
        const info = x as TensorInfo;
        return (backend as WebGPUBackend).runWebGPUProgram(programOf(kernelName, shift, info), [info], "float32");
      },
    });
  }
};

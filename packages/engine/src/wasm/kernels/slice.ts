import { slice_util, util, type KernelConfig, type TensorInfo } from "@tensorflow/tfjs-core";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { hasWords, words } from "../words.ts";
import { copyRows } from "./copyRows.ts";

/** Neighbouring axes as one where the slice takes all of the inner one: [whole, begin, length] of each. */
const merged = (shape: readonly number[], begin: readonly number[], size: readonly number[]) =>
  shape.reduceRight<[number, number, number][]>((axes, whole, i) => {
    const inner = axes[0];
    const axis: [number, number, number] = [whole, begin[i]!, size[i]!];
    if (inner === undefined || inner[0] !== inner[2]) return [axis, ...axes];
    return [axis.map((n) => n * inner[0]) as [number, number, number], ...axes.slice(1)];
  }, []);

/** Copies a block of x: tfjs's own kernel copies all of x out of the wasm memory first. */
const sliced = (x: TensorInfo, begin: readonly number[], size: readonly number[], backend: BackendWasm): TensorInfo => {
  const out = backend.makeOutput([...size], x.dtype);
  const total = util.sizeFromShape([...size]);
  if (total === 0) return out;
  const axes = merged(x.shape, begin, size);
  const [from, to] = [words(x, backend), words(out, backend)];
  const strides = axes.map((_, i) => axes.slice(i + 1).reduce((n, [whole]) => n * whole, 1));
  const start = axes.reduce((at, [, first], i) => at + first * strides[i]!, 0);
  const [length, count] = [axes.at(-1)?.[2] ?? 1, axes.at(-2)?.[2] ?? 1];
  const outer = axes.slice(0, -2);
  const rows = length * count;
  for (let block = 0; block * rows < total; block++) {
    let [rest, source] = [block, start];
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      source += (rest % outer[axis]![2]) * strides[axis]!;
      rest = Math.floor(rest / outer[axis]![2]);
    }
    const target = block * rows;
    copyRows(from, to, { count, length, source, sourceStep: strides.at(-2) ?? 0, target, targetStep: length });
  }
  return out;
};

/** @param own tfjs's kernel, for other types */
export const slice = (own: KernelConfig): KernelConfig => ({
  ...own,
  kernelFunc: (params) => {
    const { x } = params.inputs as Readonly<Record<"x", TensorInfo>>;
    if (!hasWords(x)) return own.kernelFunc(params);
    const { begin, size } = params.attrs as { readonly begin: number | number[]; readonly size: number | number[] };
    const [from, shape] = slice_util.parseSliceParams(x, begin, size);
    slice_util.assertParamsValid(x, from!, shape!);
    return sliced(x, from!, shape!, params.backend as BackendWasm);
  },
});

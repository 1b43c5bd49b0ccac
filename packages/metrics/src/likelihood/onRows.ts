import { ops, type Tensor } from "@nonmarkov/autodiff";
import type { RowDenoiser } from "./variationalBound.ts";

/** What {@link onRows} needs. */
export type OnRowsOptions = {
  /** The network at one index, as `denoiserOf(net, params)` gives it: borrows x [rows, ...dims], its result is freed. */
  readonly denoiser: (x: Tensor, t: number) => Tensor | Promise<Tensor>;
  /** The shape of one row, channels last. */
  readonly dims: readonly number[];
};

/** Takes both halves of the last axis apart. */
const halves = (data: ArrayLike<number>, width: number): { output: Float64Array; variance: Float64Array } => {
  const part = (offset: number) =>
    Float64Array.from(
      { length: data.length / 2 },
      (_, i) => data[2 * width * Math.floor(i / width) + offset + (i % width)]!,
    );
  return { output: part(0), variance: part(width) };
};

/**
 * A network on float32 tensors as one on float64 rows: it uploads x and reads the answer back. Where the answer's last axis is
 * twice as long as x's, its first half is the output and its second what the network says of the variance.
 * @returns a function that throws a RangeError where x is not rows of that shape, or the answer is of neither shape; no
 * tensors are left behind, also then
 */
export const onRows = ({ denoiser, dims }: OnRowsOptions): RowDenoiser => {
  const size = dims.reduce((a, b) => a * b, 1);
  const last = dims.at(-1) ?? 1;
  return async (x, t) => {
    const rows = x.length / size;
    if (!Number.isInteger(rows))
      throw new RangeError(`onRows: x must be rows of [${dims.join(", ")}], got ${x.length} numbers; check dims`);
    const made: Tensor[] = [];
    try {
      const xt = ops.tensor(Float32Array.from(x), [rows, ...dims], "float32");
      made.push(xt);
      const answer = await denoiser(xt, t);
      made.push(answer);
      const doubled = [rows, ...dims.slice(0, -1), 2 * last].join();
      if (answer.shape.join() !== xt.shape.join() && answer.shape.join() !== doubled)
        throw new RangeError(
          `onRows: the answer must have the shape [${xt.shape.join(", ")}], or twice the channels, got [${answer.shape.join(", ")}]; check the network`,
        );
      const data = await answer.data();
      return answer.shape.join() === doubled ? halves(data, last) : Float64Array.from(data);
    } finally {
      for (const tensor of made) tensor.dispose();
    }
  };
};

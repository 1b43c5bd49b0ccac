import type { Tensor } from "@nonmarkov/autodiff";
import type { Layout } from "./layout.ts";
import type { InputNames } from "./roles.ts";
import type { TimeOptions } from "./time.ts";

/** How a network from elsewhere is to be called. */
export type DenoiserOptions = {
  /**
   * The names of the model's inputs. What is left out is found where exactly one input has one number per row (the time),
   * and exactly one other remains (x).
   */
  readonly inputs?: InputNames;
  /** The name of the output that is the prediction; may be left out where there is one output. */
  readonly output?: string;
  /** How the model is told the time; by default it counts from 0. */
  readonly time?: TimeOptions;
  /** The order of the model's image axes; x and the result are always [batch, height, width, channels]. Default "NHWC". */
  readonly layout?: Layout;
  /** One label for each row, such as int32 [batch], for a model that has an input for them (`inputs.labels`). Borrowed while the denoiser is used. */
  readonly labels?: Tensor;
};

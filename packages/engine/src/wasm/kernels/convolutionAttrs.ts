import { backend_util } from "@tensorflow/tfjs-core";

/** Batch, height, width, channels; or of a filter: height, width, channels in and out. */
export type Shape4 = [number, number, number, number];

/** The attributes that tfjs gives to both gradients of a convolution. */
export type ConvolutionAttrs = {
  /** Steps of the window: one number, or height and width. */
  readonly strides: number | [number, number];
  /** "same", "valid", or rows and columns of zeros. */
  readonly pad: "same" | "valid" | number | backend_util.ExplicitPadding;
  /** How the output's size is rounded where a stride does not divide. */
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  /** Only "NHWC" is computed by the wasm backend. */
  readonly dataFormat: "NHWC" | "NCHW";
};

/** Sizes of a convolution along height (index 0) and width (index 1). */
export type Geometry = {
  /** Images. */
  readonly batch: number;
  /** Input size. */
  readonly input: readonly [number, number];
  /** Output size. */
  readonly output: readonly [number, number];
  /** Filter size. */
  readonly taps: readonly [number, number];
  /** Steps of the window. */
  readonly stride: readonly [number, number];
  /** Zeros before the first row and column. */
  readonly before: readonly [number, number];
  /** Input channels. */
  readonly channelsIn: number;
  /** Output channels. */
  readonly channelsOut: number;
};

/** The sizes behind a convolution's attributes. */
export const geometry = (attrs: ConvolutionAttrs, inputShape: Shape4, filterShape: Shape4): Geometry => {
  const info = backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(attrs.dataFormat),
  );
  if (info.dataFormat !== "channelsLast")
    throw new RangeError(`wasm: convolutions must be NHWC, got ${attrs.dataFormat}; transpose the images`);
  return {
    batch: info.batchSize,
    input: [info.inHeight, info.inWidth],
    output: [info.outHeight, info.outWidth],
    taps: [info.filterHeight, info.filterWidth],
    stride: [info.strideHeight, info.strideWidth],
    before: [info.padInfo.top, info.padInfo.left],
    channelsIn: info.inChannels,
    channelsOut: info.outChannels,
  };
};

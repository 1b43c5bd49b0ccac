import fc from "fast-check";
import { type Convolution, hasPlaces } from "./checkConvolution.ts";

/** The greatest sizes of convolutions along an axis. */
export type Most = { readonly length: number; readonly taps: number; readonly pads: number };

/** Convolutions of all strides, dilations, paddings and filters, of these numbers of channels. */
export const arbitraryConvolutions = (channels: readonly number[], most: Most): fc.Arbitrary<Convolution> => {
  const axis = fc.record({
    length: fc.integer({ min: 1, max: most.length }),
    taps: fc.integer({ min: 1, max: most.taps }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    pads: fc.tuple(fc.nat(most.pads), fc.nat(most.pads)),
  });
  return fc
    .record({
      batch: fc.integer({ min: 1, max: 3 }),
      y: axis,
      x: axis,
      ci: fc.constantFrom(...channels),
      co: fc.constantFrom(...channels),
      pad: fc.constantFrom("same", "valid", "explicit"),
      spread: fc.constantFrom("strides", "dilations", "neither"),
    })
    .map(({ batch, y, x, ci, co, pad, spread }): Convolution => ({
      x: [batch, y.length, x.length, ci],
      filter: [y.taps, x.taps, ci, co],
      settings: {
        strides: spread === "strides" ? [y.stride, x.stride] : 1,
        dilations: spread === "dilations" ? [y.dilation, x.dilation] : 1,
        pad: pad === "explicit" ? [[0, 0], y.pads, x.pads, [0, 0]] : (pad as "same"),
      },
    }))
    .filter(hasPlaces);
};

/** Those without dilations: tfjs has no gradient by the input of the others. */
export const undilated = (convolutions: fc.Arbitrary<Convolution>): fc.Arbitrary<Convolution> =>
  convolutions.filter(({ settings }) => [settings.dilations].flat().every((d) => d === 1));

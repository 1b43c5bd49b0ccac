import { guard, loadEach, type Loader, loadFour, type Source } from "./loader.ts";
import { lines, plus, quotient, remainder, sum, times } from "./wgslText.ts";

/** A grid of places on images, and the taps at each place. All pairs are [down, right]. */
export type Patches = {
  /** Images, and rows, columns and channels of each. */
  readonly batch: number;
  readonly image: readonly [number, number];
  readonly channels: number;
  /** Places on an image. */
  readonly grid: readonly [number, number];
  /** Taps of a place. */
  readonly taps: readonly [number, number];
  /** Tap j of place i is at stride * i + tap * j + origin; outside of the image there are zeros. */
  readonly stride: readonly [number, number];
  readonly tap: readonly [number, number];
  readonly origin: readonly [number, number];
};

/** Whether all taps of all places are on the image, in one direction. */
const staysInside = ({ image, grid, taps, stride, tap, origin }: Patches, axis: 0 | 1): boolean => {
  const reach = tap[axis] * (taps[axis] - 1);
  const low = origin[axis] + Math.min(0, reach);
  const high = origin[axis] + Math.max(0, reach) + stride[axis] * (grid[axis] - 1);
  return low >= 0 && high < image[axis];
};

/** `j * tap + origin`: how far tap number j is from where the place begins. Below 0 it is modulo 2^32, as all is. */
const offset = (j: string, tap: number, origin: number): string => {
  const size = times(j, Math.abs(tap));
  return tap >= 0 || j === "0u"
    ? plus(size, origin)
    : `${plus("0u", origin)} - ${/ [-+/%] /.test(size) ? `(${size})` : size}`;
};

/** Declares the pixel, y and x at which a place of the grid begins. */
const declarePlace = ({ batch, image, grid, stride }: Patches, at: string): string => {
  const rows = batch * grid[0];
  return lines(
    `let gridRow = ${quotient(at, grid[1], rows * grid[1])};`,
    `let y = ${times(remainder("gridRow", grid[0], rows), stride[0])};`,
    `let x = ${times(remainder(at, grid[1], rows * grid[1]), stride[1])};`,
    `let pixel = ${sum(times(sum(times(quotient("gridRow", grid[0], rows), image[0]), "y"), image[1]), "x")};`,
  );
};

/** Declares the channel of a number among the taps, and how far the tap is down and right: that of `tapOf`, which has the same. */
const declareTap = ({ channels, taps, tap, origin }: Patches, at: string, tapOf = at): string => {
  const count = taps[0] * taps[1];
  return lines(
    `let tap = ${quotient(tapOf, channels, count * channels)};`,
    `let channel = ${count === 1 ? at : `${at} - ${times("tap", channels)}`};`,
    `let down = ${offset(quotient("tap", taps[1], count), tap[0], origin[0])};`,
    `let right = ${offset(remainder("tap", taps[1], count), tap[1], origin[1])};`,
  );
};

/**
 * Patches of images [batch, rows, columns, channels] as a matrix of places (image, row, column of the grid) by (tap's row,
 * tap's column, channel). Along depth the side is the places: a convolution's A. Along the side it is the taps: A of the
 * gradient by the filter.
 */
export const patchLoader = ({ name, place }: Source, along: Loader["along"], patches: Patches): Loader => {
  const { batch, image, channels, grid, taps } = patches;
  const places = batch * grid[0] * grid[1];
  const numbers = taps[0] * taps[1] * channels;
  const wide = channels % 4 === 0;
  const width = wide ? 4 : 1;
  const zero = wide ? "vec4<f32>()" : "0.0";
  const loading = wide ? loadFour : loadEach;
  const variable = { name, place, type: wide ? "vec4<f32>" : "f32" } as const;
  /** Returns what is at an index, or 0 where y and x are not on the image: below 0 they are large. */
  const read = (index: string, y: string, x: string): string => {
    const tests = [
      ...(staysInside(patches, 0) ? [] : [`${y} < ${image[0]}u`]),
      ...(staysInside(patches, 1) ? [] : [`${x} < ${image[1]}u`]),
    ];
    const value = `${name}[${index}]`;
    return tests.length === 0 ? `return ${value};` : `return select(${zero}, ${value}, ${tests.join(" && ")});`;
  };
  const index = (pixel: string): string => sum(times(pixel, channels / width), quotient("channel", width));
  const moved = `${times("down", image[1])} + right`;

  if (along === "depth") {
    const shared = { variable, along, side: places, depth: numbers, placeType: "vec3<u32>" } as const;
    return {
      ...shared,
      place: lines(declarePlace(patches, "at"), "return vec3<u32>(pixel, y, x);"),
      load: (fn, step) =>
        loading(
          fn,
          shared,
          guard(numbers, step, zero),
          // where all k's of a step are of one tap, it is the same for all threads
          declareTap(patches, "k", wide && channels % step === 0 ? "first" : "k"),
          read(index(`place.x + ${moved}`), "place.y + down", "place.z + right"),
        ),
    };
  }
  const shared = { variable, along, side: numbers, depth: places, placeType: wide ? "vec3<u32>" : "u32" } as const;
  return {
    ...shared,
    place: wide ? lines(declareTap(patches, "at"), `return vec3<u32>(${index(moved)}, down, right);`) : "return at;",
    load: (fn, step) =>
      wide
        ? loadFour(
            fn,
            shared,
            guard(places, step, zero),
            declarePlace(patches, "k"),
            read(sum(times("pixel", channels / width), "place.x"), "y + place.y", "x + place.z"),
          )
        : loadEach(
            fn,
            shared,
            guard(places, step, zero),
            `let at = min(place + i, ${numbers - 1}u);`,
            declareTap(patches, "at"),
            declarePlace(patches, "k"),
            read(index(`pixel + ${moved}`), "y + down", "x + right"),
          ),
  };
};

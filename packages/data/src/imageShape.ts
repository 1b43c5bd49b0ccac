import type { Dataset } from "./dataset.ts";

/**
 * The shape of the data set's images.
 * @throws RangeError if its rows are not images
 */
export const imageShape = ({ name, shape }: Dataset): readonly [height: number, width: number, channels: number] => {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined)
    throw new RangeError(`${name}: rows must be images [height, width, channels], got [${shape.join(", ")}]`);
  return [height, width, channels];
};

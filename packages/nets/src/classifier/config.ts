import { checkInteger } from "../checks.ts";

/** A classifier of images as plain data, to be kept in a JSON file. What is left out has the default named. */
export type ClassifierConfig = {
  /** Rows of the image. */
  readonly height: number;
  /** Columns of the image. */
  readonly width: number;
  /** Channels of the image. */
  readonly channels: number;
  /** Number of classes. */
  readonly classes: number;
  /** Channels after each convolution; each but the first halves the image; [16, 32, 64, 64]. */
  readonly widths?: readonly number[];
  /** Width of the layer between the last convolution and the classes; 64. */
  readonly hidden?: number;
  /** Groups of the normalisations, dividing all widths; 8. */
  readonly groups?: number;
};

/** A checked configuration with all defaults. */
export type ResolvedClassifier = Required<ClassifierConfig>;

const where = "classifier";

/** Fills in the defaults and checks. */
export const resolveClassifier = (config: ClassifierConfig): ResolvedClassifier => {
  const full = { widths: [16, 32, 64, 64], hidden: 64, groups: 8, ...config };
  for (const name of ["height", "width", "channels", "hidden", "groups"] as const)
    checkInteger(where, name, full[name], 1);
  checkInteger(where, "classes", full.classes, 2);
  if (full.widths.length === 0) throw new RangeError(`${where}: widths must name at least one layer, got none`);
  const factor = 2 ** (full.widths.length - 1);
  for (const name of ["height", "width"] as const)
    if (full[name] % factor !== 0)
      throw new RangeError(
        `${where}: ${name} must be divisible by ${factor}, got ${full[name]}; take fewer widths, or pad the images`,
      );
  for (const width of full.widths) {
    checkInteger(where, "every one of widths", width, 1);
    if (width % full.groups !== 0)
      throw new RangeError(`${where}: groups must divide every width, got ${full.groups} for ${width}`);
  }
  return full;
};

/** Table 1 of the paper: FID on CIFAR-10 and CelebA, by column and S. */
export const paperTable1: Readonly<
  Record<string, Readonly<Record<number, readonly [cifar10: number, celeba: number]>>>
> = {
  eta0: { 10: [13.36, 17.33], 20: [6.84, 13.73], 50: [4.67, 9.17], 100: [4.16, 6.53], 1000: [4.04, 3.51] },
  "eta0.2": { 10: [14.04, 17.66], 20: [7.11, 14.11], 50: [4.77, 9.51], 100: [4.25, 6.79], 1000: [4.09, 3.64] },
  "eta0.5": { 10: [16.66, 19.86], 20: [8.35, 16.06], 50: [5.25, 11.01], 100: [4.46, 8.09], 1000: [4.29, 4.28] },
  eta1: { 10: [41.07, 33.12], 20: [18.36, 26.03], 50: [8.01, 18.48], 100: [5.78, 13.93], 1000: [4.73, 5.98] },
  "sigma-hat": {
    10: [367.43, 299.71],
    20: [133.37, 183.83],
    50: [32.72, 71.71],
    100: [9.99, 45.2],
    1000: [3.17, 3.26],
  },
};

/** Table 2 of the paper: squared error per dimension of encoding and decoding CIFAR-10, by S. */
export const paperTable2: readonly { readonly S: number; readonly error: number }[] = [
  { S: 10, error: 0.014 },
  { S: 20, error: 0.0065 },
  { S: 50, error: 0.0023 },
  { S: 100, error: 0.0009 },
  { S: 200, error: 0.0004 },
  { S: 500, error: 0.0001 },
  { S: 1000, error: 0.0001 },
];

/** An MLP as plain data, to be kept in a JSON file. What is left out has the default named. */
export type MlpConfig = {
  /** Numbers per row; 2. */
  readonly dim?: number;
  /** Width of the hidden layers; 128. */
  readonly hidden?: number;
  /** Number of residual hidden layers; 3. */
  readonly depth?: number;
  /** Number of sines and cosines that t is embedded in, even; 64. */
  readonly frequencies?: number;
  /** Number of classes; 0 for none. */
  readonly classes?: number;
};

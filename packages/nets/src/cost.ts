/** What a network costs, computed from its configuration alone. */
export type Cost = {
  /** Numbers that are learned. */
  readonly parameters: number;
  /** Multiply-adds of one forward evaluation of one row: convolutions, linear layers and attention. */
  readonly multiplyAdds: number;
};

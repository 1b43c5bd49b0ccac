/** What `nonmarkov reproduce` can make, in the order of `all`. */
export const reproduceParts = ["table1", "table2", "figure3", "figure4", "figure5", "figure6", "exact"] as const;

/** One of them. */
export type ReproducePart = (typeof reproduceParts)[number];

/** What `nonmarkov reproduce` can name. */
export const reproduceNames = [...reproduceParts, "all"] as const;

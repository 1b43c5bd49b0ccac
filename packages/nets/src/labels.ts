/** What labels a network takes beside x and t. */
export type Labels =
  | {
      /** None. */
      readonly kind: "none";
    }
  | {
      /** int32 [batch], one of `classes` per row, or -1 for none of them. */
      readonly kind: "class";
      /** The number of classes. */
      readonly classes: number;
    }
  | {
      /** float32 [batch], a number per row. */
      readonly kind: "number";
    }
  | {
      /** float32 [batch, width], a vector per row. */
      readonly kind: "vector";
      /** The length of a vector. */
      readonly width: number;
    };

/** The labels of a network that has classes, or none. */
export const classLabels = (classes: number): Labels => (classes === 0 ? { kind: "none" } : { kind: "class", classes });

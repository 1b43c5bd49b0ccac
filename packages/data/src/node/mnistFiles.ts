/** A file at a mirror, and what its content must be. */
export type MirrorFile = {
  /** The file's name, in the mirror's folder and in the cache. */
  readonly name: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** The SHA-256 of its bytes, in hexadecimal. */
  readonly sha256: string;
};

/** The part of MNIST: 60,000 images to train on, or 10,000 to test on. */
export type MnistSplit = "train" | "test";

/** The files of each part. */
export type MnistFiles = Readonly<Record<MnistSplit, MnistPair>>;

/** The two files of a part. */
export type MnistPair = {
  /** The IDX file of the images. */
  readonly images: MirrorFile;
  /** The IDX file of their labels. */
  readonly labels: MirrorFile;
};

/** The four files as they were published in 1998. */
export const mnistFiles: MnistFiles = {
  train: {
    images: {
      name: "train-images-idx3-ubyte.gz",
      bytes: 9912422,
      sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    },
    labels: {
      name: "train-labels-idx1-ubyte.gz",
      bytes: 28881,
      sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    },
  },
  test: {
    images: {
      name: "t10k-images-idx3-ubyte.gz",
      bytes: 1648877,
      sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    },
    labels: {
      name: "t10k-labels-idx1-ubyte.gz",
      bytes: 4542,
      sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
  },
};

/** Public folders that hold the four files, in the order in which they are tried. */
export const mnistMirrors: readonly string[] = [
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

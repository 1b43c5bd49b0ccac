export { cifar10, cifar10Classes } from "./cifar10.ts";
export type { DownloadProgress } from "./download.ts";
export { imageFolder, type ImageFolder, type ImageFolderOptions } from "./imageFolder.ts";
export { mnist, type MnistOptions } from "./mnist.ts";
export {
  mnistFiles,
  mnistMirrors,
  type MirrorFile,
  type MnistFiles,
  type MnistPair,
  type MnistSplit,
} from "./mnistFiles.ts";
export { readIdx } from "./readIdx.ts";
export { readImage, type ReadImageOptions } from "./readImage.ts";

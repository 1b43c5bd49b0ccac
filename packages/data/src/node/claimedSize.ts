/** What an image file says it is. */
export type ImageClaim = { readonly kind: "png" | "jpeg"; readonly width: number; readonly height: number };

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Reads an image's kind and size from its header; undefined if it is neither a PNG nor a JPEG, or ends too early. */
export const claimedSize = (bytes: Uint8Array): ImageClaim | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (PNG.every((byte, i) => bytes[i] === byte))
    return bytes.length < 24 ? undefined : { kind: "png", width: view.getUint32(16), height: view.getUint32(20) };
  const ended = bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9;
  return bytes[0] === 0xff && bytes[1] === 0xd8 && ended ? jpegFrame(view) : undefined;
};

/** Goes from segment to segment to the frame header (SOF), which has the size. */
const jpegFrame = (view: DataView): ImageClaim | undefined => {
  for (let at = 2; at + 9 <= view.byteLength && view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { kind: "jpeg", height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
};

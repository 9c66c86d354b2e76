import { badDataFile, type DataSource, type Progress } from "./dataSource";
import { gunzip } from "./gunzip";
import { type IdxArray, parseIdx } from "./idx";

export const IMAGE_SIDE = 28;
export const IMAGE_BYTES = IMAGE_SIDE * IMAGE_SIDE;
export const WORDS_PER_IMAGE = IMAGE_BYTES / 4;
export const DIGIT_CLASSES = 10;

export interface DigitSet {
  readonly count: number;
  /** [count, WORDS_PER_IMAGE]: 28 x 28 intensities 0 to 255, row-major, four to a word, the first in the lowest byte. */
  readonly images: Uint32Array<ArrayBuffer>;
  /** [count], each 0 to 9. */
  readonly labels: Uint32Array<ArrayBuffer>;
}

export interface DigitsData {
  readonly kind: "digits";
  readonly train: DigitSet;
  readonly test: DigitSet;
}

interface DigitsFile {
  readonly path: string;
  readonly dimensions: number;
  /** Share of the download, for the progress bar. */
  readonly share: number;
}

const trainImages: DigitsFile = { path: "mnist/train-images-idx3-ubyte.gz", dimensions: 3, share: 0.85 };
const trainLabels: DigitsFile = { path: "mnist/train-labels-idx1-ubyte.gz", dimensions: 1, share: 0.005 };
const testImages: DigitsFile = { path: "mnist/t10k-images-idx3-ubyte.gz", dimensions: 3, share: 0.14 };
const testLabels: DigitsFile = { path: "mnist/t10k-labels-idx1-ubyte.gz", dimensions: 1, share: 0.005 };

export const digitsFiles: readonly string[] = [trainImages, trainLabels, testImages, testLabels].map(({ path }) => path);

/**
 * Loads MNIST (LeCun, Cortes and Burges), training and test set.
 * @throws DataError "no-data" if a file is missing, "bad-file" if one is damaged; the signal's reason after an abort.
 */
export async function loadDigits(source: DataSource, onProgress?: Progress, signal?: AbortSignal): Promise<DigitsData> {
  let done = 0;
  const load = async ({ path, dimensions, share }: DigitsFile): Promise<IdxArray> => {
    const packed = await source.read(path, (fraction) => onProgress?.(done + share * fraction), signal);
    const bytes = await gunzip(packed, path);
    signal?.throwIfAborted();
    done += share;
    return parseIdx(bytes, path, dimensions);
  };
  const train = digitSet(await load(trainImages), await load(trainLabels), trainImages.path, trainLabels.path);
  const test = digitSet(await load(testImages), await load(testLabels), testImages.path, testLabels.path);
  onProgress?.(1);
  return { kind: "digits", train, test };
}

/** Joins images and labels. @throws DataError "bad-file" if they do not belong together. */
export function digitSet(images: IdxArray, labels: IdxArray, imagesName: string, labelsName: string): DigitSet {
  const [count = 0, rows = 0, columns = 0] = images.shape;
  if (rows !== IMAGE_SIDE || columns !== IMAGE_SIDE) {
    throw badDataFile(`${imagesName} holds images of ${rows} x ${columns} pixels; expected ${IMAGE_SIDE} x ${IMAGE_SIDE}.`);
  }
  if (labels.data.length !== count) {
    throw badDataFile(`${imagesName} has ${count} images, but ${labelsName} has ${labels.data.length} labels; the counts must be equal.`);
  }
  const wrong = labels.data.findIndex((label) => label >= DIGIT_CLASSES);
  if (wrong >= 0) {
    throw badDataFile(`${labelsName} has the label ${labels.data[wrong]} at position ${wrong}; labels must be 0 to ${DIGIT_CLASSES - 1}.`);
  }
  return { count, images: packBytes(images.data), labels: Uint32Array.from(labels.data) };
}

/** Four bytes to a word, the first in the lowest byte on machines of either byte order. Length must be a multiple of 4. */
export function packBytes(bytes: Uint8Array): Uint32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new Uint32Array(bytes.length / 4);
  for (let i = 0; i < words.length; i++) words[i] = view.getUint32(4 * i, true);
  return words;
}

/** The 784 intensities of one image, row-major. */
export function imagePixels(set: DigitSet, index: number): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(IMAGE_BYTES);
  const view = new DataView(pixels.buffer);
  for (let i = 0; i < WORDS_PER_IMAGE; i++) view.setUint32(4 * i, set.images[index * WORDS_PER_IMAGE + i]!, true);
  return pixels;
}

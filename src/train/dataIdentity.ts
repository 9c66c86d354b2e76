import { type Dataset, facts } from "../data/dataset";

/** What a data set is recognised by. */
export interface DataIdentity {
  readonly kind: Dataset["kind"];
  readonly name: string;
  readonly trainItems: number;
  readonly validationItems: number;
  readonly classes: number;
  /** 16 hexadecimal digits over the whole content, the vocabulary included. */
  readonly fingerprint: string;
}

/** Recognises a data set by its facts and content; takes some tens of milliseconds for MNIST. */
export function identify(dataset: Dataset): DataIdentity {
  const { name, trainItems, validationItems, classes, vocabulary } = facts(dataset);
  const characters = Uint32Array.from(vocabulary, (character) => character.codePointAt(0) ?? 0);
  return { kind: dataset.kind, name, trainItems, validationItems, classes, fingerprint: fingerprint([...contents(dataset), characters]) };
}

function contents(dataset: Dataset): Uint32Array[] {
  switch (dataset.kind) {
    case "digits":
      return [dataset.train, dataset.test].flatMap(({ images, labels }) => [images, labels]);
    case "text":
      return [dataset.train, dataset.validation];
    case "copy":
      return [dataset.train, dataset.validation].flatMap(({ inputs, targets }) => [inputs, targets]);
    default:
      return dataset satisfies never;
  }
}

/** Two multiply-and-xor hashes over words: tells data sets apart, and is no protection against forgery. */
function fingerprint(parts: readonly Uint32Array[]): string {
  let a = 0x811c_9dc5;
  let b = 0x9747_b28c;
  const add = (word: number): void => {
    a = Math.imul(a ^ word, 0x0100_0193);
    // A product's high bits never reach its low ones by themselves.
    a ^= a >>> 15;
    b = Math.imul(b ^ word, 0x85eb_ca6b);
    b ^= b >>> 13;
  };
  for (const part of parts) {
    add(part.length);
    for (let i = 0; i < part.length; i++) add(part[i]!);
  }
  return [a, b].map((hash) => (hash >>> 0).toString(16).padStart(8, "0")).join("");
}

/** Why one data set is not the other, as a sentence; null if they are the same. */
export function differentData(saved: DataIdentity, given: DataIdentity): string | null {
  if (saved.kind === given.kind && saved.fingerprint === given.fingerprint) return null;
  const counts = ({ trainItems, validationItems }: DataIdentity): string =>
    `${trainItems.toLocaleString("en-US")} + ${validationItems.toLocaleString("en-US")}`;
  if (saved.name !== given.name || counts(saved) !== counts(given)) {
    return `The checkpoint was trained on ${saved.name} (${counts(saved)} ${unit[saved.kind]}), not on ${given.name} (${counts(given)} ${unit[given.kind]}).`;
  }
  return `The checkpoint was trained on other data: ${given.name} is of the same size, but its content differs.`;
}

const unit: Readonly<Record<Dataset["kind"], string>> = { digits: "images", text: "characters", copy: "sequences" };

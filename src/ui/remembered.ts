import * as v from "valibot";

export type Store = Pick<Storage, "getItem" | "setItem">;

/** Adapters that are remembered: a machine has one or two. */
const MOST = 8;

/** What the browser keeps about WebGPU adapters, one entry for each; entries of another shape are dropped. */
export class Remembered<T extends { readonly adapter: string; readonly version: string }> {
  readonly #key: string;
  readonly #schema: v.GenericSchema<unknown, T>;

  /** @param key of the browser's storage. */
  constructor(key: string, schema: v.GenericSchema<unknown, T>) {
    this.#key = key;
    this.#schema = schema;
  }

  /**
   * What is known of an adapter, from this version of Unroll.
   * @param open gives the storage; throws where the browser refuses it.
   */
  recall(open: () => Store, adapter: string, version: string): T | undefined {
    return this.#read(open).find((each) => each.adapter === adapter && each.version === version);
  }

  /** Keeps an entry in place of the adapter's earlier one. Where storage is refused nothing is kept. */
  remember(open: () => Store, entry: T): void {
    const others = this.#read(open).filter(({ adapter }) => adapter !== entry.adapter);
    try {
      open().setItem(this.#key, JSON.stringify([entry, ...others].slice(0, MOST)));
    } catch {
      // Full or forbidden.
    }
  }

  #read(open: () => Store): T[] {
    try {
      const found: unknown = JSON.parse(open().getItem(this.#key) ?? "[]");
      if (!Array.isArray(found)) return [];
      return found.flatMap((each: unknown) => {
        const parsed = v.safeParse(this.#schema, each);
        return parsed.success ? [parsed.output] : [];
      });
    } catch {
      // Forbidden storage, or not JSON: nothing is remembered.
      return [];
    }
  }
}

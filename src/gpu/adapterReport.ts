/** What the browser tells of a WebGPU adapter, as plain data. */
export interface AdapterReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** Absent where the browser does not tell. */
  readonly isFallback?: boolean;
  readonly subgroupSizes?: readonly [min: number, max: number];
  /** Of the adapter, sorted. */
  readonly features: readonly string[];
  /** What the adapter allows, by WebGPU's names. */
  readonly limits: Readonly<Record<string, number>>;
}

type Info = GPUAdapterInfo & { readonly isFallbackAdapter?: boolean };

export function reportAdapter({ info, features, limits }: Pick<GPUAdapter, "info" | "features" | "limits">): AdapterReport {
  const { vendor, architecture, device, description, isFallbackAdapter, subgroupMinSize, subgroupMaxSize }: Info = info;
  return {
    vendor,
    architecture,
    device,
    description,
    ...(isFallbackAdapter !== undefined && { isFallback: isFallbackAdapter }),
    ...(subgroupMinSize !== undefined && subgroupMaxSize !== undefined && { subgroupSizes: [subgroupMinSize, subgroupMaxSize] }),
    features: [...features].sort(),
    limits: numbersOf(limits),
  };
}

/** The limits are getters of the prototype, which no enumeration of own properties finds. */
function numbersOf(limits: GPUSupportedLimits): Record<string, number> {
  const names = new Set(Object.keys(limits));
  for (let level: unknown = limits; typeof level === "object" && level !== null; level = Object.getPrototypeOf(level)) {
    if (level === Object.prototype) break;
    for (const name of Object.getOwnPropertyNames(level)) names.add(name);
  }
  const numbers: [string, number][] = [];
  for (const name of [...names].sort()) {
    const value: unknown = Reflect.get(limits, name);
    if (typeof value === "number") numbers.push([name, value]);
  }
  return Object.fromEntries(numbers);
}

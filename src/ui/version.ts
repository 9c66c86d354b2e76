const built: unknown = import.meta.env.UNROLL_VERSION;

/** Unroll's version, which the build puts in. */
export const version = typeof built === "string" ? built : "unknown";

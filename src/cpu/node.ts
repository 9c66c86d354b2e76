/** Node's own modules, without an import that a bundle for browsers would stumble over; undefined elsewhere. */
export const builtin = typeof process === "undefined" ? undefined : process.getBuiltinModule;

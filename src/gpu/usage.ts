/** Flag values that the WebGPU specification fixes. Named here so that nothing depends on the globals, which Node lacks. */
export const bufferUsage = { mapRead: 0x01, copySrc: 0x04, copyDst: 0x08, uniform: 0x40, storage: 0x80 } as const;
export const MAP_MODE_READ = 0x01;
export const SHADER_STAGE_COMPUTE = 0x04;
/** A scalar of a kernel in its uniform struct: f32 or u32. */
export const SCALAR_BYTES = 4;

/** A size for people: "1.5 GB", "12 MB", "3 kB" (decimal units). */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 10 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

import type { RunConfig } from "../config";
import { configOverrides } from "../configPath";
import { type Preset, presets } from "../presets";

const EXTENSION = ".safetensors";
/** The length of the header in 8 bytes, of which the upper half is 0 in any file that exists, then the header: a JSON object. */
const HEAD_BYTES = 9;
const BRACE = 0x7b;

/** Whether a file is to be opened as a saved run, by its name or, if it was renamed, by its first bytes, which no text begins with. */
export async function isSavedRun(file: File): Promise<boolean> {
  if (file.name.toLowerCase().endsWith(EXTENSION)) return true;
  try {
    const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
    return head[HEAD_BYTES - 1] === BRACE && head.subarray(4, HEAD_BYTES - 1).every((byte) => byte === 0);
  } catch {
    // A folder, or a file that is gone: whoever reads it says so.
    return false;
  }
}

/** The preset that differs least from a configuration, the first of several. */
export function nearestPreset(config: RunConfig): Preset {
  const distance = (preset: Preset): number => configOverrides(config, preset.config).length;
  return presets.reduce((best, preset) => (distance(preset) < distance(best) ? preset : best));
}

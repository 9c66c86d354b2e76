import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

/**
 * Dawn in Node reaches a GPU through the system's Vulkan loader and a driver. A bare Linux has neither, but Chromium ships both
 * beside its binary: the loader, and SwiftShader, a driver that computes on the CPU.
 * The environment must be set before the process that uses it starts: the dynamic linker reads it then.
 *
 * @typedef {"swiftshader" | "system" | "auto"} AdapterChoice auto: the system's driver if there is one, else SwiftShader.
 * @typedef {{ readonly env: Readonly<Record<string, string>>, readonly description: string }} VulkanEnvironment
 */

export const adapterChoices = /** @type {const} */ (["auto", "system", "swiftshader"]);

const LOADER = "libvulkan.so.1";
const SWIFTSHADER = "vk_swiftshader_icd.json";

/** @typedef {{ platform: string, env: NodeJS.ProcessEnv, libraryFolders: readonly string[], driverFolders: readonly string[], browserFolders: readonly string[] }} Places */

/** @param {string | undefined} browser @returns {Places} */
function realPlaces(browser) {
  const { env, platform, arch } = process;
  const triplet = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" }[/** @type {string} */ (arch)] ?? `${arch}-linux-gnu`;
  return {
    platform,
    env,
    libraryFolders: [
      ...(env.LD_LIBRARY_PATH ?? "").split(":").filter(Boolean),
      ...[`/usr/lib/${triplet}`, `/lib/${triplet}`, "/usr/local/lib", "/usr/lib64", "/lib64", "/usr/lib", "/lib"],
    ],
    driverFolders: ["/usr/share", "/etc", "/usr/local/share", "/usr/local/etc", join(env.HOME ?? "/root", ".local", "share")].map(
      (folder) => join(folder, "vulkan", "icd.d"),
    ),
    browserFolders: [
      ...(browser !== undefined && existsSync(browser) ? [dirname(realpathSync(browser))] : []),
      ...["/usr/lib/chromium", "/usr/lib/chromium-browser", "/usr/lib64/chromium-browser", "/opt/google/chrome"],
      "/snap/chromium/current/usr/lib/chromium-browser",
    ],
  };
}

/** @param {readonly string[]} libraryFolders Whether the driver that a manifest names is there. */
const hasDriver = (libraryFolders) => (/** @type {string} */ manifest) => {
  try {
    /** @type {string} */
    const library = JSON.parse(readFileSync(manifest, "utf8")).ICD.library_path;
    if (isAbsolute(library)) return existsSync(library);
    if (library.includes("/")) return existsSync(join(dirname(manifest), library));
    return libraryFolders.some((folder) => existsSync(join(folder, library)));
  } catch {
    return false;
  }
};

/**
 * What to add to the environment of a Node process that uses WebGPU, and in words which driver it then finds.
 * @param {AdapterChoice} choice
 * @param {string} [browser] The Chromium to take the loader and SwiftShader from.
 * @param {Places} [places]
 * @returns {VulkanEnvironment | undefined} undefined if what was chosen is not on this machine.
 */
export function vulkanEnvironment(choice, browser, places = realPlaces(browser)) {
  // Dawn uses Metal or Direct3D there, which every machine has.
  if (places.platform !== "linux") return { env: {}, description: "the system's graphics driver" };
  const { env, libraryFolders, driverFolders, browserFolders } = places;
  const hasLoader = libraryFolders.some((folder) => existsSync(join(folder, LOADER)));

  if (choice !== "swiftshader" && hasLoader) {
    const chosen = env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES;
    if (chosen) return { env: {}, description: `the Vulkan driver ${chosen}` };
    const manifests = driverFolders.flatMap((folder) =>
      existsSync(folder)
        ? readdirSync(folder)
            .filter((name) => name.endsWith(".json"))
            .map((name) => join(folder, name))
        : [],
    );
    if (manifests.some(hasDriver(libraryFolders))) return { env: {}, description: "the system's Vulkan drivers" };
  }
  if (choice === "system") return undefined;

  const folder = browserFolders.find((place) => existsSync(join(place, SWIFTSHADER)) && hasDriver([])(join(place, SWIFTSHADER)));
  if (folder === undefined || !(hasLoader || existsSync(join(folder, LOADER)))) return undefined;
  const manifest = join(folder, SWIFTSHADER);
  const libraryPath = [folder, env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return {
    // VK_ICD_FILENAMES is the name that older loaders know.
    env: { VK_DRIVER_FILES: manifest, VK_ICD_FILENAMES: manifest, ...(!hasLoader && { LD_LIBRARY_PATH: libraryPath }) },
    description: `SwiftShader from ${folder}`,
  };
}

/** A device that compiles other WGSL than it is given, as one with a faulty compiler would. */
export function alteredDevice(device: GPUDevice, alter: (wgsl: string) => string): GPUDevice {
  return new Proxy(device, {
    get(target, key) {
      if (key === "createShaderModule") {
        return (descriptor: GPUShaderModuleDescriptor) => target.createShaderModule({ ...descriptor, code: alter(descriptor.code) });
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

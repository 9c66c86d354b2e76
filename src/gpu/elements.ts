import type { HostArray } from "../plan/executor";
import { bytesPerElement } from "../plan/tensor";
import { fromHalfBits, halfBits, roundToHalf } from "../shaders/half";
import type { ElementType } from "../shaders/kernel";
import type { HalfForm } from "../shaders/storage";

/** How a device holds the elements of tensors, and how they become the host's arrays and back. */
export class Elements {
  readonly half: HalfForm;

  constructor(device: { readonly features: ReadonlySet<string> }) {
    this.half = device.features.has("shader-f16") ? "native" : "emulated";
  }

  /** Bytes of one element in this device's memory. */
  bytes(type: ElementType): number {
    return type === "f16" && this.half === "emulated" ? bytesPerElement.f32 : bytesPerElement[type];
  }

  /** The host's array as the device holds it, padded to whole words. f16 are rounded to the nearest. */
  encode(type: ElementType, data: HostArray): HostArray | Uint16Array {
    if (type !== "f16") return data;
    if (this.half === "emulated") return Float32Array.from(data, roundToHalf);
    const words = new Uint16Array(Math.ceil(data.length / 2) * 2);
    for (const [i, value] of data.entries()) words[i] = halfBits(value);
    return words;
  }

  /** `count` elements of a mapped buffer as the host's array: a view of the buffer, except for native f16. */
  decode(type: ElementType, mapped: ArrayBuffer, count: number): HostArray {
    if (type === "u32") return new Uint32Array(mapped, 0, count);
    if (type === "f32" || this.half === "emulated") return new Float32Array(mapped, 0, count);
    return Float32Array.from(new Uint16Array(mapped, 0, count), fromHalfBits);
  }
}

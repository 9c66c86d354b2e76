import type { ElementType } from "../shaders/kernel";

/** Views into an arena start at multiples of this many elements: WebGPU's 256-byte offset alignment, for elements of two bytes or more. */
export const ALIGN_ELEMENTS = 128;

/** Bytes of one element in memory. */
export const bytesPerElement: Readonly<Record<ElementType, number>> = { f32: 4, f16: 2, u32: 4 };

/** Whether elements are floats, which the host reads and writes as f32. */
export const isFloat = (type: ElementType): boolean => type !== "u32";

/**
 * One contiguous piece of memory: a GPU buffer, or a range of the CPU executor's memory.
 *
 * Parameters, gradients and optimizer moments each share one arena, so that one kernel call covers all of them.
 * An activation has an arena of its own: WebGPU forbids reading and writing one buffer in the same dispatch.
 * Everything starts as zeros.
 */
export interface Arena {
  readonly id: number;
  readonly name: string;
  readonly type: ElementType;
  /** Length in elements, always a multiple of ALIGN_ELEMENTS; grows while the program is recorded. */
  readonly length: number;
}

/** A named, row-major view into an arena. */
export interface Tensor {
  readonly name: string;
  readonly arena: Arena;
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** First element, a multiple of ALIGN_ELEMENTS. */
  readonly offset: number;
  /** Number of elements: the product of the shape. */
  readonly size: number;
}

/** The first entry of a tensor along its first axis, such as the state before the first step, [B, H] of [T+1, B, H]. */
export function firstOf(tensor: Tensor): Tensor {
  const shape = tensor.shape.slice(1);
  return { ...tensor, shape, size: sizeOf(shape) };
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

export const alignUp = (elements: number): number => Math.ceil(elements / ALIGN_ELEMENTS) * ALIGN_ELEMENTS;

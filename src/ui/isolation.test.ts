import { beforeEach, expect, it, vi } from "vitest";
import { isolate } from "./isolation";

vi.stubGlobal("document", { baseURI: "https://example.org/unroll/" });

let kept: Map<string, string>;
let reload: ReturnType<typeof vi.fn<() => void>>;
let takeOver: () => void;
beforeEach(() => {
  kept = new Map();
  reload = vi.fn<() => void>();
  takeOver = () => {};
});

const register = vi.fn(async (_: string | URL) => ({}) as ServiceWorkerRegistration);

const surroundings = (controller: ServiceWorker | null = null) => ({
  isolated: false,
  serviceWorker: {
    controller,
    register,
    addEventListener: (_: string, listener: () => void) => {
      takeOver = listener;
    },
  } as unknown as ServiceWorkerContainer,
  storage: () => ({
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }),
  reload,
});

it("loads the page again once, when the service worker has taken over", async () => {
  await isolate(surroundings(), () => true);
  expect(String(register.mock.calls.at(-1)?.[0])).toBe("https://example.org/unroll/isolation.js");
  expect(reload).not.toHaveBeenCalled();
  takeOver();
  expect(reload).toHaveBeenCalledTimes(1);
  await isolate(surroundings({} as ServiceWorker), () => true);
  expect(reload).toHaveBeenCalledTimes(1);
});

it("leaves a run that has begun alone", async () => {
  await isolate(surroundings(), () => false);
  takeOver();
  expect(reload).not.toHaveBeenCalled();
  expect(kept.size).toBe(0);
});

it("does nothing where the page is isolated, or there are no service workers", async () => {
  register.mockClear();
  await isolate({ ...surroundings(), isolated: true }, () => true);
  await isolate({ ...surroundings(), serviceWorker: undefined }, () => true);
  expect(register).not.toHaveBeenCalled();
});

it("goes on with one thread where registering or storage is refused", async () => {
  register.mockRejectedValueOnce(new Error("refused"));
  await expect(isolate(surroundings(), () => true)).resolves.toBeUndefined();
  const refusing = () => {
    throw new Error("refused");
  };
  await isolate({ ...surroundings({} as ServiceWorker), storage: refusing }, () => true);
  expect(reload).not.toHaveBeenCalled();
});

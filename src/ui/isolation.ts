/** Set once the page has been loaded again for isolation, so that a browser in which that does not help is not sent in circles. */
const TRIED = "unroll-isolation-tried";

interface Surroundings {
  readonly isolated: boolean;
  /** Absent where pages may not have service workers: plain http, some private windows. */
  readonly serviceWorker: Pick<ServiceWorkerContainer, "register" | "controller" | "addEventListener"> | undefined;
  /** Throws where the browser refuses it. */
  readonly storage: () => Pick<Storage, "getItem" | "setItem">;
  readonly reload: () => void;
}

/**
 * Where the server sends no isolation headers, a service worker adds them, from the next loading of the page on. The page is loaded
 * again for that, once, unless something has begun by then; it works without, with one thread.
 * @param mayReload whether nothing would be lost.
 */
export async function isolate({ isolated, serviceWorker, storage, reload }: Surroundings, mayReload: () => boolean): Promise<void> {
  if (isolated || serviceWorker === undefined) return;
  const again = (): void => {
    try {
      if (!mayReload() || storage().getItem(TRIED) !== null) return;
      storage().setItem(TRIED, "1");
    } catch {
      return;
    }
    reload();
  };
  try {
    if (serviceWorker.controller !== null) again();
    else {
      serviceWorker.addEventListener("controllerchange", again, { once: true });
      await serviceWorker.register(new URL("isolation.js", document.baseURI));
    }
  } catch {
    // Refused, or not there: one thread.
  }
}

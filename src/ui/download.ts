/** Browsers read a download's address a while after the click. */
const REVOKE_AFTER_MS = 60_000;

/** Hands the person a file. @param type MIME type */
export function download(name: string, content: Uint8Array<ArrayBuffer> | string, type = "application/octet-stream"): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), REVOKE_AFTER_MS);
}

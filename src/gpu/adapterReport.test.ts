import { expect, it } from "vitest";
import { findDawnAdapter } from "../testing/dawn";
import { reportAdapter } from "./adapterReport";

it("tells the adapter's limits and features as plain data", async () => {
  const found = await findDawnAdapter();
  if (found.kind === "none") throw new Error(found.reason);
  const report = reportAdapter(found.adapter);
  expect(structuredClone(report)).toEqual(report);
  expect(report.limits.maxBufferSize).toBe(found.adapter.limits.maxBufferSize);
  expect(Object.keys(report.limits).length).toBeGreaterThan(25);
  expect(report.features).toEqual(found.facts.features);
  expect(report.vendor).toBe(found.adapter.info.vendor);
});

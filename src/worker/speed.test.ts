import { expect, test } from "vitest";
import { SpeedMeter } from "./speed";

test("steady training", () => {
  const meter = new SpeedMeter(0);
  let speed = 0;
  for (let now = 100; now <= 3000; now += 100) speed = meter.add(20, now);
  expect(speed).toBeCloseTo(200, 6);
});

test("the first rows already give a speed", () => {
  expect(new SpeedMeter(1000).add(50, 1500)).toBeCloseTo(100, 6);
});

test("validation between any two rows is no training time", () => {
  const meter = new SpeedMeter(0);
  let speed = 0;
  for (let now = 0; now < 5000; now += 300) {
    speed = meter.add(10, now + 50);
    meter.leaveOut(now + 300);
  }
  expect(speed).toBeCloseTo(200, 6);
});

test("only about the last second counts", () => {
  const meter = new SpeedMeter(0);
  for (let now = 100; now <= 5000; now += 100) meter.add(1, now);
  let speed = 0;
  for (let now = 5100; now <= 6500; now += 100) speed = meter.add(100, now);
  expect(speed).toBeCloseTo(1000, 6);
});

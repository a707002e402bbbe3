import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { later } from './later';

let frames: (() => void)[] = [];
const paint = () => frames.splice(0).forEach((frame) => frame());

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame));
});

afterEach(() => {
  frames = [];
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('runs once, after the next frame', async () => {
  const task = vi.fn();
  later(task);
  await vi.advanceTimersByTimeAsync(20);
  expect(task).not.toHaveBeenCalled();
  paint();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(task).toHaveBeenCalledTimes(1);
});

it('runs once where nothing is painted, as in a tab in the background', async () => {
  const task = vi.fn();
  later(task);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(task).toHaveBeenCalledTimes(1);
  paint();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(task).toHaveBeenCalledTimes(1);
});

it('does not run for what is gone meanwhile', async () => {
  const task = vi.fn();
  later(task)();
  await vi.advanceTimersByTimeAsync(20);
  paint();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(task).not.toHaveBeenCalled();
});

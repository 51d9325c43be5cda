import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './test/helpers/summary.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/helpers/build.ts', 'test/isolate/wpt/setup.ts'],
    reporters: [['default', { summary: false }], new SummaryReporter()],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});

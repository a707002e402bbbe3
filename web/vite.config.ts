import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Below this, compression saves less than a packet. */
const WORTH_COMPRESSING_BYTES = 1024;

/** Puts `.br` and `.gz` beside each script and style, so that the server never compresses. Of the files as they were
 * written: Vite changes the scripts until then. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!dir || !/\.(js|css)$/.test(name)) continue;
        const file = join(dir, name);
        const source = readFileSync(file);
        if (source.length < WORTH_COMPRESSING_BYTES) continue;
        const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
        writeFileSync(`${file}.br`, brotliCompressSync(source, { params: quality }));
        writeFileSync(`${file}.gz`, gzipSync(source, { level: 9 }));
      }
    },
  };
}

/** The server that answers the API while developing: the mock, or a real `konektor serve`. */
const API = process.env.KONEKTOR_API ?? 'http://127.0.0.1:8099';

export default defineConfig({
  plugins: [svelte(), compressed()],
  build: {
    target: 'es2022',
    // The content security policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What every first look needs is one file: twenty small ones queue on the six connections of HTTP/1.1, which costs a
    // phone most of a second before it can ask for the leads.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'shared',
              test: /src\/(lib|shell|i18n)\/|src\/[a-z.]+\.ts$|src\/pages\/(index|agents\/duty|leads)/,
              minSize: 0,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': API } },
  preview: { proxy: { '/api': API } },
  test: { include: ['src/**/*.test.ts'] },
});

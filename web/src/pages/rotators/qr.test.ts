import { expect, it } from 'vitest';
import { pathOf, qrOf, svgOf } from './qr';

it('draws each run of dark modules once', () => {
  expect(pathOf([[true, true, false, true], [false, false, false, false], [false, true, true, true]])).toBe(
    'M0 0h2v1h-2zM3 0h1v1h-1zM1 2h3v1h-3z',
  );
});

it('makes a code with a quiet border, as a file of its own', async () => {
  const qr = await qrOf('https://wa.brand.com/wa/promo');
  // 21 modules and 4 more for each version, and the border on both sides.
  expect((qr.size - 8 - 17) % 4).toBe(0);
  // The upper left finder begins right behind the border: seven dark modules.
  expect(qr.path).toMatch(/^M4 4h7v1h-7z/);
  expect(svgOf(qr)).toContain(`viewBox="0 0 ${qr.size} ${qr.size}"`);
});

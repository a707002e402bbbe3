// QR codes, drawn here: the address of a link is nobody else's business. The library comes with the first code.

/** White around it; scanners want four modules. */
const BORDER = 4;
/** At least so many pixels a side: enough for a poster. */
const PNG_PX = 1_600;

export interface Qr {
  /** Modules a side, with the border. */
  size: number;
  /** The dark modules, as one path on a grid of `size`. */
  path: string;
}

export async function qrOf(text: string): Promise<Qr> {
  const { encode } = await import('uqr');
  // A quarter may be dirty or folded and it still reads: they stand on tables and packages.
  const { data, size } = encode(text, { ecc: 'Q', border: BORDER });
  return { size, path: pathOf(data) };
}

/** Runs of dark modules, row by row. */
export function pathOf(rows: readonly (readonly boolean[])[]): string {
  let path = '';
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x++;
      const length = x - start + 1;
      path += `M${start} ${y}h${length}v1h-${length}z`;
    }
  }
  return path;
}

/** A file of its own: black on white, whatever the theme. */
export function svgOf({ size, path }: Qr): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width="${size * 10}" height="${size * 10}" ` +
    `shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`
  );
}

export async function pngOf({ size, path }: Qr): Promise<Blob> {
  const scale = Math.ceil(PNG_PX / size);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size * scale;
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(scale, scale);
  context.fillStyle = '#000';
  context.fill(new Path2D(path));
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made.'))), 'image/png'),
  );
}

/** Hands a file to whoever asked for it. */
export function download(name: string, file: Blob): void {
  const address = URL.createObjectURL(file);
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

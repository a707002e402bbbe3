// The ad platforms' stand-ins, and a destination at each.

import { startPinned, until } from './process.mjs';
import { settings } from './settings.mjs';

export const DESTINATIONS = {
  meta: {
    platform: 'meta',
    settings: { dataset_id: '123456789012345' },
    credentials: { access_token: 'bench' },
  },
  tiktok: {
    platform: 'tiktok',
    settings: { pixel_code: 'C4BENCHBENCHBENCH000' },
    credentials: { access_token: 'bench' },
  },
  linkedin: {
    platform: 'linkedin',
    settings: { conversion_rule_id: '23456', api_version: '202611' },
    credentials: { access_token: 'bench' },
  },
};

/** On the core of the load. */
export async function startPlatforms() {
  const platforms = startPinned(settings.loadCore, settings.fakePlatforms, [], { stdio: ['pipe', 'pipe', 'pipe'] });
  const url = await until('the stand-ins listen', async () => /^http:\S+/m.exec(platforms.output)?.[0]);
  return {
    url,
    stop: async () => {
      platforms.stdin.end();
      await platforms.ended;
    },
  };
}

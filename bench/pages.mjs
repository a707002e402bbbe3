// Pages of leads: the newest, older ones, by each filter also where few fit or nobody does, and by all that one may search for.

import { measureAsked } from './asked.mjs';
import { codes, person } from './people.mjs';

const DAY_MS = 86_400_000;
const day = (days_ago) => new Date(Date.now() - days_ago * DAY_MS).toISOString().slice(0, 10);

/** Each is `/leads?limit=50` with this. */
const PAGES = [
  ['newest', () => ''],
  ['older', (at) => `cursor=${at.cursor}`],
  ['of a status that most have', () => 'status=new'],
  ['of a status that few have', () => 'status=won'],
  ['of an agent', (at) => `agent_id=${at.agent}`],
  ['of a rotator', (at) => `rotator_id=${at.rotator}`],
  ['by platform', () => 'platform=google'],
  ['by first platform', () => 'first_platform=linkedin'],
  ['by source', () => 'source=newsletter'],
  ['by a campaign that runs', () => 'campaign=akhir-tahun'],
  ['by a campaign that is over', () => 'campaign=pembukaan'],
  ['by a campaign that nobody came by', () => 'campaign=nobody'],
  ['by browser', () => 'browser=Chrome'],
  ['by app', () => 'in_app=tiktok'],
  ['without source', () => 'without=source'],
  ['without agent', () => 'without=agent'],
  ['made by no click', () => 'made_by=other'],
  ['whose chat has started', () => 'arrived=true'],
  ['whose chat has not started', () => 'arrived=false'],
  ['sold within a week', () => `sold_from=${day(7)}&sold_to=${day(0)}`],
  ['sold to who came back', () => 'sold_returning=true'],
  ['no platform knows', () => 'tracking_status=none'],
  ['all platforms know', () => 'tracking_status=synced'],
  ['a platform refused', () => 'tracking_status=failed'],
  ['of today', () => `from=${day(0)}`],
  ['of a day two months ago', () => `from=${day(60)}&to=${day(60)}`],
  ['of a day and a campaign', () => `from=${day(60)}&to=${day(60)}&campaign=gajian`],
  ['by a browser that nobody has', () => 'browser=Netscape'],
  ['of a rotator, a platform and no agent: nobody', (at) => `rotator_id=${at.rotator}&platform=tiktok&without=agent`],
  ['of an agent, a platform and a status', (at) => `agent_id=${at.agent}&platform=tiktok&status=won`],
  ['search: code', (at) => `q=${at.code}`],
  ['search: pasted message', (at) => `q=${encodeURIComponent(`Hi, I'm interested. [${at.code}]`)}`],
  ['search: phone', (at) => `q=${at.person.phone}`],
  ['search: beginning of a phone', () => 'q=0857'],
  ['search: name', (at) => `q=${encodeURIComponent(at.person.name)}`],
  ['search: beginning of a name', () => 'q=rin'],
  ['search: e-mail', (at) => `q=${encodeURIComponent(at.person.email)}`],
  ['search: what nobody is called', () => 'q=zzzz'],
];

/** `people` is how many leads have a name. */
export async function measurePages(database, full, people) {
  const known = codes(database.cookies);
  let [agents, rotators, cursor] = [[], [], undefined];
  const look = async (ask, turn) => {
    if (turn === 0) {
      agents = (await ask('GET', '/agents')).items;
      rotators = (await ask('GET', '/rotators')).items;
      cursor = (await ask('GET', '/leads?limit=50')).next_cursor;
    }
    // A page further each time.
    cursor = (await ask('GET', `/leads?limit=200&cursor=${cursor}`)).next_cursor ?? cursor;
    return {
      agent: agents[turn % agents.length].id,
      rotator: rotators[turn % rotators.length].id,
      cursor,
      code: known[(turn * 7919) % known.length],
      person: person((turn * 7919) % people),
    };
  };
  const questions = PAGES.map(([what, query]) => [what, (at) => `/leads?limit=50&${query(at)}`]);
  return measureAsked(database, full, look, questions);
}

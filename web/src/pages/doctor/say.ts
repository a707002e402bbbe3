// What each kind of finding says: what is wrong, why, what to do, and what the button to the place is called.

import type { Schemas } from '../../api';
import { words } from '../../i18n';

export type Finding = Schemas['Finding'];
export type Kind = Schemas['FindingKind'];

export interface Said {
  title: string;
  cause: string;
  fix: string;
  button: string;
}

/** A finding with its figures as the reader writes them. */
export interface Told {
  name: string;
  example: string;
  n: string;
  detail: (name: string) => string;
  /** When it begins or ends, for those that lie ahead. */
  from: string;
  until: string;
}

type Sentences = Record<Kind, (f: Told) => Said>;

const en: Sentences = {
  rotator_empty: (f) => ({
    title: `Nobody takes the leads of ${f.name}`,
    cause: `${f.detail('ads') === 'yes' ? 'Ad clicks' : 'Clicks'}: ${f.n}. The link names no agent with a share.`,
    fix: 'Add agents to the link, or take it out of the ads.',
    button: 'Add agents',
  }),
  rotator_off: (f) => ({
    title: `All agents of ${f.name} are off`,
    cause: `${f.detail('ads') === 'yes' ? 'Ad clicks' : 'Clicks'}: ${f.n}. Everybody is switched off, or paused for long.`,
    fix: 'Switch an agent on, or take the link out of the ads.',
    button: 'To the link',
  }),
  nobody_on_duty: (f) => ({
    title: `Nobody of ${f.name} is on duty ${f.from}`,
    cause: `${f.n} ad clicks came at these hours within the last week.${f.until ? ` Somebody is back ${f.until}.` : ''}`,
    fix: 'Give somebody these hours, set a fallback, or let the ads rest then.',
    button: 'To the link',
  }),
  destination_held: (f) => ({
    title: `${f.name} is on hold`,
    cause: `${f.n} events wait, and nothing is lost yet. The platform's words stand below.`,
    fix: 'Repair the connection; what waits is then sent at once.',
    button: 'Repair',
  }),
  destination_silent: (f) => ({
    title: `${f.name} hears nothing`,
    cause:
      f.detail('ever') === 'yes'
        ? `${f.n} of its ads were clicked since it last took an event.`
        : `${f.n} of its ads were clicked, and it has never taken an event.`,
    fix: 'Look at the deliveries for the platform’s answers, and send a test event.',
    button: 'Deliveries',
  }),
  destination_off: (f) => ({
    title: `${f.name} is switched off while its ads run`,
    cause: `${f.n} of its ads were clicked. Their events wait, and get too old to be sent.`,
    fix: 'Switch it on, or remove it.',
    button: 'To the connection',
  }),
  api_version: (f) => ({
    title:
      f.detail('over') === 'yes'
        ? `${f.name} uses a version of its API that has ended`
        : `${f.name} uses a version of its API that ends in ${f.n} days`,
    cause: `The version is ${f.example}. When it has ended, the platform answers nothing any more, and events wait.`,
    fix: 'Raise the version in the settings, or leave the field empty for Konektor’s own.',
    button: 'Settings',
  }),
  platform_untold: (f) => ({
    title: `${f.detail('label')} is told nothing`,
    cause: `${f.n} clicks came through ${f.detail('label')}. Without a connection, its ads cannot learn which of them work.`,
    fix: 'Connect it: that takes a few minutes.',
    button: 'Connect',
  }),
  agent_dead: (f) => ({
    title: `Visitors come back from ${f.name} at once`,
    cause: `${f.n} of ${f.detail('leads')} clicked again within a minute or so: ${f.detail('percent')} %, with the others ${f.detail('others')} %. The number may be banned, or not on WhatsApp.`,
    fix: 'Write to the number yourself. If nobody is there, pause the agent or correct the number.',
    button: 'To the agent',
  }),
  agent_number: (f) => ({
    title: f.detail('why') === 'twice' ? `${f.name} and ${f.detail('with')} have one number` : `The number of ${f.name} looks wrong`,
    cause:
      f.detail('why') === 'twice'
        ? 'It gets the shares of both.'
        : f.detail('why') === 'made_up'
          ? 'Its digits repeat or stand in order, as people type them to get past a form.'
          : 'It is none that can be called.',
    fix: 'Correct the number.',
    button: 'To the agent',
  }),
  orphan_hits: (f) => ({
    title: `There is no link ${f.example}`,
    cause: `It was asked for ${f.n} times.${f.detail('near') ? ` Perhaps /wa/${f.detail('near')} was meant.` : ''}`,
    fix: 'Correct it where it stands, or make a link with this name.',
    button: 'Make it',
  }),
  macro: (f) => ({
    title: `${f.name} comes without a value`,
    cause: `In ${f.n} clicks. The ad’s macro was not filled in, or was left empty.`,
    fix: fixes(f.name, {
      google: 'Take it out of the link, and switch on auto-tagging in Google Ads: it adds it by itself.',
      meta: 'Take it out of the link: Meta adds it by itself.',
      tiktok: 'Take it out of the link, or write ttclid=__CLICKID__, which TikTok fills in.',
      linkedin: 'Take it out of the link, and switch on enhanced conversion tracking at LinkedIn.',
      other:
        'Write the platform’s own macro: {{campaign.name}} at Meta, __CAMPAIGN_NAME__ at TikTok, {campaignid} at Google; elsewhere the value itself.',
    }),
    button: 'To an example',
  }),
  shared_click_id: (f) => ({
    title: 'A link out of an ad is in many hands',
    cause: `${f.n} browsers came with one click ID: somebody copied an ad’s link into a bio or a post. The ad gets one event for it.`,
    fix: 'Put the bare link there, without anything after the question mark.',
    button: 'To the link',
  }),
  source_spelling: (f) => ({
    title: 'One source goes by several names',
    cause: `Reports show them apart: ${f.example}.`,
    fix: `Write ${f.detail('keep')} in all links.`,
    button: 'To the report',
  }),
  recognition: (f) => ({
    title: `Browsers forget visitors on ${f.name}`,
    cause: `${f.detail('percent')} % of the clicks are recognised there, on the other hosts ${f.detail('others')} %.`,
    fix: 'Use a host under the brand’s own domain, and page mode.',
    button: 'Hosts',
  }),
  spool_waiting: (f) => ({
    title: 'The database does not answer',
    cause: `Visitors are sent on all the same; ${f.n} clicks wait on disk, and are recorded when it is back.`,
    fix: 'Whoever runs the server should look at its log and its disk.',
    button: '',
  }),
  clock_off: (f) => ({
    title: `The server’s clock is ${f.detail('seconds')} s ${f.detail('direction') === 'ahead' ? 'ahead' : 'behind'}`,
    cause: `Beside ${f.example}. Platforms refuse events of the future, and working hours begin at the wrong time.`,
    fix: 'Whoever runs the server should switch on time synchronisation (NTP).',
    button: '',
  }),
  log_growing: (f) => ({
    title: 'The database’s log grows',
    cause: `${f.example} has ${f.detail('mb')} MB and is not taken in. Another program may hold the database open.`,
    fix: 'Whoever runs the server should end that program; a restart takes the log in.',
    button: '',
  }),
  backup_missing: (f) => ({
    title: f.detail('ever') === 'yes' ? `The last backup is ${f.n} days old` : 'There is no backup',
    cause: 'A broken disk would take all leads with it.',
    fix: 'Whoever runs the server should let “konektor backup FILE” run every night, to another disk.',
    button: '',
  }),
  geo_old: (f) => ({
    title: `Places are told by data of ${f.n} days ago`,
    cause: 'Addresses move, so cities and time zones get wrong.',
    fix: 'Whoever runs the server should install a newer database: “konektor geo install FILE”.',
    button: '',
  }),
};

const id: Sentences = {
  rotator_empty: (f) => ({
    title: `Tidak ada yang menerima lead ${f.name}`,
    cause: `${f.detail('ads') === 'yes' ? 'Klik iklan' : 'Klik'}: ${f.n}. Tautan ini tidak punya CS yang mendapat bagian.`,
    fix: 'Tambahkan CS ke tautan ini, atau keluarkan dari iklan.',
    button: 'Tambah CS',
  }),
  rotator_off: (f) => ({
    title: `Semua CS ${f.name} nonaktif`,
    cause: `${f.detail('ads') === 'yes' ? 'Klik iklan' : 'Klik'}: ${f.n}. Semuanya dinonaktifkan, atau dijeda lama.`,
    fix: 'Aktifkan seorang CS, atau keluarkan tautan ini dari iklan.',
    button: 'Ke tautan',
  }),
  nobody_on_duty: (f) => ({
    title: `Tidak ada CS ${f.name} yang bertugas ${f.from}`,
    cause: `${f.n} klik iklan datang pada jam-jam ini dalam seminggu terakhir.${f.until ? ` Ada yang bertugas lagi ${f.until}.` : ''}`,
    fix: 'Beri seseorang jam kerja itu, atur cadangan, atau hentikan iklan pada jam itu.',
    button: 'Ke tautan',
  }),
  destination_held: (f) => ({
    title: `${f.name} tertahan`,
    cause: `${f.n} event menunggu, dan belum ada yang hilang. Kata-kata platform ada di bawah.`,
    fix: 'Perbaiki koneksinya; yang menunggu langsung dikirim.',
    button: 'Perbaiki',
  }),
  destination_silent: (f) => ({
    title: `${f.name} tidak mendengar apa-apa`,
    cause:
      f.detail('ever') === 'yes'
        ? `${f.n} iklannya diklik sejak terakhir menerima event.`
        : `${f.n} iklannya diklik, dan belum pernah menerima event.`,
    fix: 'Lihat jawaban platform di pengiriman, dan kirim event uji.',
    button: 'Pengiriman',
  }),
  destination_off: (f) => ({
    title: `${f.name} nonaktif padahal iklannya berjalan`,
    cause: `${f.n} iklannya diklik. Event-nya menunggu, dan menjadi terlalu lama untuk dikirim.`,
    fix: 'Aktifkan, atau hapus.',
    button: 'Ke koneksi',
  }),
  api_version: (f) => ({
    title:
      f.detail('over') === 'yes'
        ? `${f.name} memakai versi API yang sudah berakhir`
        : `${f.name} memakai versi API yang berakhir dalam ${f.n} hari`,
    cause: `Versinya ${f.example}. Setelah berakhir, platform tidak menjawab lagi, dan event menunggu.`,
    fix: 'Naikkan versinya di pengaturan, atau kosongkan agar memakai versi Konektor.',
    button: 'Pengaturan',
  }),
  platform_untold: (f) => ({
    title: `${f.detail('label')} tidak diberi tahu`,
    cause: `${f.n} klik datang lewat ${f.detail('label')}. Tanpa koneksi, iklannya tidak dapat belajar mana yang berhasil.`,
    fix: 'Hubungkan: hanya beberapa menit.',
    button: 'Hubungkan',
  }),
  agent_dead: (f) => ({
    title: `Pengunjung langsung kembali dari ${f.name}`,
    cause: `${f.n} dari ${f.detail('leads')} mengklik lagi dalam sekitar semenit: ${f.detail('percent')} %, pada yang lain ${f.detail('others')} %. Nomornya mungkin diblokir, atau tidak ada di WhatsApp.`,
    fix: 'Kirim pesan sendiri ke nomor itu. Jika tidak ada orang, jeda CS-nya atau perbaiki nomornya.',
    button: 'Ke CS',
  }),
  agent_number: (f) => ({
    title: f.detail('why') === 'twice' ? `${f.name} dan ${f.detail('with')} memakai satu nomor` : `Nomor ${f.name} tampak salah`,
    cause:
      f.detail('why') === 'twice'
        ? 'Nomor itu mendapat bagian keduanya.'
        : f.detail('why') === 'made_up'
          ? 'Angkanya berulang atau berurutan, seperti yang diketik orang untuk melewati formulir.'
          : 'Nomor ini tidak dapat dihubungi.',
    fix: 'Perbaiki nomornya.',
    button: 'Ke CS',
  }),
  orphan_hits: (f) => ({
    title: `Tautan ${f.example} tidak ada`,
    cause: `Diminta ${f.n} kali.${f.detail('near') ? ` Mungkin maksudnya /wa/${f.detail('near')}.` : ''}`,
    fix: 'Perbaiki di tempat tautan itu dipasang, atau buat tautan dengan nama ini.',
    button: 'Buat',
  }),
  macro: (f) => ({
    title: `${f.name} datang tanpa nilai`,
    cause: `Pada ${f.n} klik. Makro iklan tidak terisi, atau dibiarkan kosong.`,
    fix: fixes(f.name, {
      google: 'Hapus dari tautan, dan aktifkan penandaan otomatis di Google Ads: parameter ditambahkan sendiri.',
      meta: 'Hapus dari tautan: Meta menambahkannya sendiri.',
      tiktok: 'Hapus dari tautan, atau tulis ttclid=__CLICKID__, yang diisi TikTok.',
      linkedin: 'Hapus dari tautan, dan aktifkan pelacakan konversi yang disempurnakan di LinkedIn.',
      other:
        'Tulis makro milik platform: {{campaign.name}} di Meta, __CAMPAIGN_NAME__ di TikTok, {campaignid} di Google; di tempat lain nilainya langsung.',
    }),
    button: 'Ke contoh',
  }),
  shared_click_id: (f) => ({
    title: 'Tautan dari iklan beredar di banyak tangan',
    cause: `${f.n} peramban datang dengan satu ID klik: seseorang menyalin tautan iklan ke bio atau kiriman. Iklan mendapat satu event untuk itu.`,
    fix: 'Pasang tautan polosnya di sana, tanpa apa pun setelah tanda tanya.',
    button: 'Ke tautan',
  }),
  source_spelling: (f) => ({
    title: 'Satu sumber ditulis dengan beberapa nama',
    cause: `Laporan memisahkannya: ${f.example}.`,
    fix: `Tulis ${f.detail('keep')} di semua tautan.`,
    button: 'Ke laporan',
  }),
  recognition: (f) => ({
    title: `Peramban melupakan pengunjung di ${f.name}`,
    cause: `${f.detail('percent')} % klik dikenali di sana, di host lain ${f.detail('others')} %.`,
    fix: 'Pakai host di bawah domain merek sendiri, dan mode halaman.',
    button: 'Host',
  }),
  spool_waiting: (f) => ({
    title: 'Basis data tidak menjawab',
    cause: `Pengunjung tetap diteruskan; ${f.n} klik menunggu di disk, dan dicatat saat basis data kembali.`,
    fix: 'Pengelola server perlu melihat log dan disknya.',
    button: '',
  }),
  clock_off: (f) => ({
    title: `Jam server ${f.detail('direction') === 'ahead' ? 'lebih cepat' : 'terlambat'} ${f.detail('seconds')} dtk`,
    cause: `Dibandingkan ${f.example}. Platform menolak event dari masa depan, dan jam kerja mulai pada waktu yang salah.`,
    fix: 'Pengelola server perlu mengaktifkan sinkronisasi waktu (NTP).',
    button: '',
  }),
  log_growing: (f) => ({
    title: 'Log basis data membesar',
    cause: `${f.example} berukuran ${f.detail('mb')} MB dan tidak diserap. Mungkin program lain membuka basis datanya.`,
    fix: 'Pengelola server perlu mengakhiri program itu; menjalankan ulang server menyerap lognya.',
    button: '',
  }),
  backup_missing: (f) => ({
    title: f.detail('ever') === 'yes' ? `Cadangan terakhir berumur ${f.n} hari` : 'Belum ada cadangan',
    cause: 'Disk yang rusak akan membawa semua lead.',
    fix: 'Pengelola server perlu menjalankan “konektor backup FILE” setiap malam, ke disk lain.',
    button: '',
  }),
  geo_old: (f) => ({
    title: `Lokasi ditentukan dari data ${f.n} hari lalu`,
    cause: 'Alamat berpindah, sehingga kota dan zona waktu menjadi salah.',
    fix: 'Pengelola server perlu memasang basis data baru: “konektor geo install FILE”.',
    button: '',
  }),
};

type Platforms = Record<'google' | 'meta' | 'tiktok' | 'linkedin' | 'other', string>;

const OWNERS: Record<string, keyof Platforms> = {
  gclid: 'google',
  gbraid: 'google',
  wbraid: 'google',
  fbclid: 'meta',
  ttclid: 'tiktok',
  li_fat_id: 'linkedin',
};

const fixes = (parameter: string, platforms: Platforms) => platforms[OWNERS[parameter] ?? 'other'];

/** The sentences in the reader's language. */
export const sentences = words<Sentences>({ en, id });

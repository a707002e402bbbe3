// Words of the reports about what became of leads, and about how Konektor decided: funnel, screening, recognition,
// rotation. The others are in `words.ts`.

import { words } from '../../i18n';
import { counted, same } from './counted';

export const r = words({
  en: {
    status: 'Status',
    leads: 'Leads',
    funnel_say: (leads: string) => `Of ${leads} that first came in these days,`,
    funnel_won: (won: string, share: string, isOne: boolean) => `${won} (${share}) ${isOne ? 'is' : 'are'} won by now`,
    funnel_worth: (worth: string) => `worth ${worth}`,
    funnel_none: 'none is won yet',
    funnel_before: (share: string) => `Of those from the days before it is ${share}; they had more time.`,
    funnel_lost: (lost: string, share: string, isOne: boolean) => `${lost} (${share}) ${isOne ? 'is' : 'are'} lost.`,
    lead_n: counted('lead', 'leads'),

    reason: 'Why',
    requests: 'Requests',
    screening_say: (n: string, share: string) => `${n} were not counted: ${share} of everything that came.`,
    screening_beside: (clicks: string) => `The rest is ${clicks} by people.`,
    request_n: counted('request', 'requests'),
    screening_none: 'Everything that came was counted.',
    screening_help:
      'Not counted means no lead, no turn and no event for an ad platform. A real tap that follows is counted as always.',
    parameters: 'Values that could not be used',
    parameters_help:
      'These clicks are counted, but a parameter of their link was empty, broken, or a placeholder that the ad platform did not fill in, such as {gclid}. Check the final URL of the ad.',
    parameter: 'Parameter',
    times: 'Clicks',
    samples: 'The latest such requests',
    samples_help: 'As they came, without address and cookies, whatever the days.',

    browser: 'Browser',
    unknown_browser: 'Unknown browser',
    in_app: (app: string) => `inside ${app}`,
    other_app: 'another app',
    rate: 'Recognised',
    by_cookie: 'Cookie',
    by_click_id: 'Click ID',
    by_nothing: 'New',
    recognition_say: (share: string, n: string) => `${share} of ${n} came from somebody who was known.`,
    how: 'How somebody is recognised',
    how_cookie: 'The browser still had our signed cookie. This is the usual way, and the surest.',
    how_click_id:
      'The cookie was gone, but the same ad click came from the same browser again within a day. This helps in apps that forget cookies.',
    how_new: 'Nothing was known: somebody new, or a browser that forgot us.',
    forgetful: 'Forgets',
    rate_before: (share: string) => `In the days before it was ${share}.`,
    forgetful_help:
      'recognises far fewer people than the others. Apps often forget cookies when they close; a returning customer then looks new.',
    recognition_help: 'People who come for the first time lower the rate in every browser. Compare the browsers with each other.',

    given: 'Given',
    due: 'Due',
    deviation: 'Difference',
    within: 'Under one turn',
    yes: 'Yes',
    no: 'No',
    totals: 'In all',
    days: 'By day',
    ledger: 'Ledger',
    fair: 'Nobody is a whole turn away from their fair share.',
    unfair: (n: string, all: string) => `${n} of ${all} shares are a whole turn or more apart in these days.`,
    unfair_help:
      'That is usual when the days begin in the middle of a round, or when somebody paused, came back or reached their cap: rotation makes up for it later. Counted from the first turn on, nobody is ever a whole turn ahead.',
    rotation_help:
      'A turn is one new lead. Due is an agent’s share of each new lead for which they were on duty; given is what they got. Who was paused, off duty or at their cap is due nothing for that lead.',
  },
  id: {
    status: 'Status',
    leads: 'Lead',
    funnel_say: (leads) => `Dari ${leads} yang pertama datang pada hari-hari ini,`,
    funnel_won: (won, share) => `${won} (${share}) sudah berhasil`,
    funnel_worth: (worth) => `senilai ${worth}`,
    funnel_none: 'belum ada yang berhasil',
    funnel_before: (share) => `Dari hari-hari sebelumnya ${share}; waktunya memang lebih panjang.`,
    funnel_lost: (lost, share) => `${lost} (${share}) gagal.`,
    lead_n: same('lead'),

    reason: 'Alasan',
    requests: 'Permintaan',
    screening_say: (n, share) => `${n} tidak dihitung: ${share} dari semua yang datang.`,
    screening_beside: (clicks) => `Sisanya ${clicks} oleh orang.`,
    request_n: same('permintaan'),
    screening_none: 'Semua yang datang dihitung.',
    screening_help:
      'Tidak dihitung berarti tanpa lead, tanpa giliran, dan tanpa kabar ke platform iklan. Ketukan sungguhan sesudahnya tetap dihitung.',
    parameters: 'Isian yang tidak dapat dipakai',
    parameters_help:
      'Klik ini dihitung, tetapi ada parameter tautan yang kosong, rusak, atau masih berupa penanda yang tidak diisi platform iklan, misalnya {gclid}. Periksa URL akhir iklannya.',
    parameter: 'Parameter',
    times: 'Klik',
    samples: 'Permintaan terbaru yang seperti itu',
    samples_help: 'Apa adanya, tanpa alamat dan cookie, dari hari kapan pun.',

    browser: 'Peramban',
    unknown_browser: 'Peramban tidak dikenal',
    in_app: (app) => `di dalam ${app}`,
    other_app: 'aplikasi lain',
    rate: 'Dikenali',
    by_cookie: 'Cookie',
    by_click_id: 'ID klik',
    by_nothing: 'Baru',
    recognition_say: (share, n) => `${share} dari ${n} datang dari orang yang sudah dikenal.`,
    how: 'Cara seseorang dikenali',
    how_cookie: 'Peramban masih menyimpan cookie bertanda tangan dari kami. Ini cara yang biasa, dan paling pasti.',
    how_click_id:
      'Cookie-nya hilang, tetapi klik iklan yang sama datang lagi dari peramban yang sama dalam sehari. Ini menolong di aplikasi yang melupakan cookie.',
    how_new: 'Tidak ada yang diketahui: orang baru, atau peramban yang sudah lupa.',
    forgetful: 'Pelupa',
    rate_before: (share) => `Pada hari-hari sebelumnya ${share}.`,
    forgetful_help:
      'mengenali jauh lebih sedikit orang daripada yang lain. Aplikasi sering melupakan cookie saat ditutup; pelanggan yang kembali lalu tampak baru.',
    recognition_help: 'Orang yang baru pertama datang menurunkan angka di setiap peramban. Bandingkan antarperamban.',

    given: 'Diberi',
    due: 'Jatah',
    deviation: 'Selisih',
    within: 'Di bawah satu giliran',
    yes: 'Ya',
    no: 'Tidak',
    totals: 'Seluruhnya',
    days: 'Per hari',
    ledger: 'Buku giliran',
    fair: 'Tidak ada yang berselisih satu giliran penuh dari jatahnya.',
    unfair: (n, all) => `${n} dari ${all} jatah berselisih satu giliran atau lebih pada hari-hari ini.`,
    unfair_help:
      'Itu biasa bila hari-hari ini dimulai di tengah putaran, atau bila ada CS yang jeda, kembali, atau mencapai batasnya: rotasi menutupnya kemudian. Dihitung sejak giliran pertama, tidak ada yang mendahului satu giliran penuh.',
    rotation_help:
      'Satu giliran adalah satu lead baru. Jatah adalah bagian CS dari setiap lead baru selama ia bertugas; diberi adalah yang ia dapat. CS yang jeda, di luar jam kerja, atau sudah mencapai batas tidak berjatah untuk lead itu.',
  },
});

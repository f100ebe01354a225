import { closeBrowsers } from './harness/browser.js';
import { Server, visavisAnywhere } from './harness/server.js';
import { alwaysInFront } from './harness/stand-ins.js';
import { User } from './harness/user.js';
import { stampedDevices, watchPictures, watchSound } from './bench/switch-probe.js';
const F = [750, 1125, 1500];
const server = await new Server(visavisAnywhere).start();
const users = [];
const decide = (user, most) => user.page.$eval('vv-call-page', (page, direct_max) => page.dispatchEvent(new CustomEvent('policy', { detail: { policy: { direct: 'auto', mix: 'allowed', direct_max } } })), most);
try {
  for (let n = 0; n < 3; n++) {
    const u = await User.visit(`${server.url}/r/sw?name=p${n}&join=now`, 'p' + n, { size: { width: 960, height: 720 }, standIns: [[alwaysInFront], [stampedDevices, { frequency: F[n], width: 320, height: 180, rate: 10 }], [watchPictures, { rate: 10 }], [watchSound, F]] });
    users.push(u); if (n === 0) { await u.sees(); await decide(u, 3); }
  }
  const isOn = (u, path) => u.until('on ' + path, async () => { const { participants, switches } = await u.snapshot(); return participants.length === 2 && switches.every((s) => s.outcome !== 'open') && participants.every((o) => o.planned === path && o.path === path); }, 60000);
  await Promise.all(users.map((u) => isOn(u, 'direct')));
  await new Promise((r) => setTimeout(r, 3000));
  for (let round = 0; round < 14; round++) {
    const t0 = Date.now();
    await decide(users[0], 1);
    const lines = []; let last = '';
    for (;;) {
      const s = await Promise.all(users.map((u) => u.snapshot()));
      const line = s.map((x) => x.participants.map((p) => `${p.name}:${p.path[0]}${p.planned[0]} s${p.slots.camera ?? '-'}/${p.slots.mic ?? '-'} w${p.width}`).join(' ') + ` want ${x.forward.wanted.camera} send ${x.forward.sending} loud ${x.forward.loudest.length}`).join(' | ') + ' sw ' + s[0].plan.switches.map((w) => w.id);
      if (line !== last) lines.push(`${Date.now() - t0} ${line}`); last = line;
      if (s.every((x) => x.participants.every((p) => p.planned === 'forward' && p.path === 'forward') && x.plan.switches.length === 0)) break;
      if (Date.now() - t0 > 12000) break;
    }
    const took = Date.now() - t0;
    console.log('round', round, took); if (took > 1500) console.log(lines.join('\n'));
    const s = await users[1].snapshot(); console.log(JSON.stringify(s.switches.slice(-3).map((x) => [x.taken_ms, x.took_ms, x.picture_ms, x.forced])));
    await new Promise((r) => setTimeout(r, 1500));
    await decide(users[0], 3);
    await Promise.all(users.map((u) => isOn(u, 'direct')));
    await new Promise((r) => setTimeout(r, 1500));
  }
} finally { await Promise.allSettled(users.map((u) => u.close())); await closeBrowsers(); await server.stop(); }

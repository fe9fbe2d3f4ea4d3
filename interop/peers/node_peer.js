#!/usr/bin/env node
// The three npm clients: `node node_peer.js nodes7|st-one|node-snap7`. Request on stdin, answer on stdout (README.md, "Drivers").
'use strict';

// JSON has no NaN and no infinities: they travel as text, dates as ISO text, everything else as it is.
const plain = v => Array.isArray(v) ? v.map(plain)
  : typeof v === 'number' && !Number.isFinite(v) ? String(v)
  : typeof v === 'bigint' ? String(v)
  : v instanceof Date ? v.toISOString()
  : Buffer.isBuffer(v) ? v.toString('hex') : v;

const revive = v => Array.isArray(v) ? v.map(revive) : v === 'NaN' ? NaN : v;

async function nodes7(request) {
  const NodeS7 = require('nodes7');
  // nodes7 ties its items to the connection and takes a while per call, so every operation gets its own connection.
  const open = items => new Promise((resolve, reject) => {
    const c = new NodeS7({ silent: true });
    c.initiateConnection({ port: request.port, host: '127.0.0.1', rack: 0, slot: request.slot }, e => {
      if (e) return reject(new Error(String(e.message || e)));
      c.setTranslationCB(tag => tag);
      c.addItems(items);
      resolve(c);
    });
  });
  const close = c => new Promise(resolve => c.dropConnection(resolve));
  return {
    async values(r) {
      const c = await open(r.items);
      const [bad, got] = await new Promise(resolve => c.readAllItems((b, v) => resolve([b, v])));
      await close(c);
      return { bad: Boolean(bad), values: r.items.map(name => plain(got[name])) };
    },
    async write_values(r) {
      const c = await open([]);
      const bad = await new Promise(resolve => c.writeItems(r.items, revive(r.values), resolve));
      await close(c);
      return { bad: Boolean(bad) };
    },
  };
}

async function stone(request) {
  const { S7Endpoint, S7ItemGroup } = require('@st-one-io/nodes7');
  const plc = new S7Endpoint({ host: '127.0.0.1', port: request.port, rack: 0, slot: request.slot, autoReconnect: 0 });
  plc.on('error', () => {}); // the rejected promise carries it
  await plc.connect();
  const group = items => { const g = new S7ItemGroup(plc); g.addItems(items); return g; };
  return {
    values: async r => {
      const got = await group(r.items).readAllItems();
      return { bad: false, values: r.items.map(name => plain(got[name])) };
    },
    write_values: async r => { await group(r.items).writeItems(r.items, revive(r.values)); return { bad: false }; },
    block: async r => (await plc.readDB(r.db, r.start, r.count)).toString('hex'),
    write_block: async r => { await plc.writeDB(r.db, r.start, Buffer.from(r.hex, 'hex')); },
    order_code: async () => { const i = await plc.getModuleIdentification(); return plain(i); },
    clock: async () => (await plc.getTime()).toISOString().slice(0, 10),
    blocks: async () => plain(await plc.blockCount()),
    close: () => plc.disconnect(),
  };
}

async function nodeSnap7(request) {
  const { S7Client } = require('node-snap7');
  const c = new S7Client();
  c.SetParam(c.RemotePort, request.port);
  const done = ok => { if (!ok) throw new Error('0x' + (c.LastError() >>> 0).toString(16).toUpperCase().padStart(8, '0')); return ok; };
  done(c.ConnectTo('127.0.0.1', 0, request.slot));
  const area = { PE: c.S7AreaPE, PA: c.S7AreaPA, MK: c.S7AreaMK, DB: c.S7AreaDB, CT: c.S7AreaCT, TM: c.S7AreaTM };
  const length = { BIT: [c.S7WLBit, 1], BYTE: [c.S7WLByte, 1], WORD: [c.S7WLWord, 2], DWORD: [c.S7WLDWord, 4], REAL: [c.S7WLReal, 4], COUNTER: [c.S7WLCounter, 2], TIMER: [c.S7WLTimer, 2] };
  const item = i => ({ Area: area[i.area], WordLen: length[i.wl][0], DBNumber: i.db, Start: i.start, Amount: i.count,
    ...(i.hex ? { Data: Buffer.from(i.hex, 'hex') } : {}) });
  const results = list => list.map(i => i.Result === 0 ? { ok: true, value: i.Data ? i.Data.toString('hex') : null } : { ok: false, error: '0x' + (i.Result >>> 0).toString(16).toUpperCase().padStart(8, '0') });
  return {
    read: async r => done(c.ReadArea(area[r.area], r.db, r.start, r.count, length[r.wl][0])).toString('hex'),
    write: async r => { const data = Buffer.from(r.hex, 'hex'); done(c.WriteArea(area[r.area], r.db, r.start, data.length / length[r.wl][1], length[r.wl][0], data)); },
    multi_read: async r => results(done(c.ReadMultiVars(r.items.map(item)))),
    multi_write: async r => results(done(c.WriteMultiVars(r.items.map(item)))),
    cpu_info: async () => { const i = done(c.GetCpuInfo()); return { module_type: i.ModuleTypeName, serial: i.SerialNumber }; },
    order_code: async () => { const i = done(c.GetOrderCode()); return { code: i.Code.trim(), version: [i.V1, i.V2, i.V3].join('.') }; },
    status: async () => ({ 8: 'RUN', 4: 'STOP' }[done(c.PlcStatus())] || 'unknown'),
    pdu: async () => c.PDULength(),
    close: async () => c.Disconnect(),
  };
}

async function main() {
  const request = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const peer = await { nodes7, 'st-one': stone, 'node-snap7': nodeSnap7 }[process.argv[2]](request);
  const results = [];
  for (const operation of request.ops) {
    try {
      results.push({ ok: true, value: await peer[operation.op](operation) ?? null });
    } catch (e) {
      results.push({ ok: false, error: String(e && e.message || e) });
    }
  }
  if (peer.close) await peer.close();
  process.stdout.write(JSON.stringify(results), () => process.exit(0));
}

main().catch(e => { console.error(e); process.exit(1); });

// Talks to an echo server with the package `ws`, and prints as JSON what it saw: node ws_peer.js URL
"use strict";
const { WebSocket } = require("ws");
const { once } = require("node:events");

function open(protocols, options) {
  return new WebSocket(process.argv[2], protocols, { perMessageDeflate: false, maxPayload: 0, ...options });
}

async function message(socket) {
  const [data, isBinary] = await once(socket, "message");
  return isBinary ? data : data.toString();
}

async function main() {
  const report = {};
  const socket = open(["chat.v1", "chat.v2"]);
  await once(socket, "open");
  report.protocol = socket.protocol;

  socket.send("hällo €");
  report.text = await message(socket);
  socket.send(Buffer.alloc(0));
  report.empty = (await message(socket)).length;
  report.same = [];
  for (const size of [125, 126, 65535, 65536, 1 << 20, 16 << 20]) {
    const data = Buffer.alloc(size, "0123456789abcdef");
    socket.send(data);
    report.same.push(data.equals(await message(socket)));
  }

  socket.send("in ", { fin: false });
  socket.ping("between");
  socket.send("three ", { fin: false });
  socket.send("pieces", { fin: true });
  const [[pong], joined] = await Promise.all([once(socket, "pong"), message(socket)]);
  report.fragments = [pong.toString(), joined];

  socket.close(4321, "enough");
  report.close = (await once(socket, "close"))[0];

  const offering = open([], { perMessageDeflate: true });
  await once(offering, "open");
  report.extensions = offering.extensions;
  offering.send("x".repeat(100000));
  report.plain = (await message(offering)).length;
  offering.terminate();

  const bad = open([]);
  await once(bad, "open");
  bad._socket.write(Buffer.from([0x83, 0x80, 0, 0, 0, 0])); // a reserved opcode
  report.refused = (await once(bad, "close"))[0];
  return report;
}

main().then((report) => console.log(JSON.stringify(report)));

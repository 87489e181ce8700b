// permessage-deflate with the package `ws`. As a client of an echo server, for each set of options in the JSON array
// of the last argument: node ws_deflate.js client URL '[{...}]'. As a server: node ws_deflate.js server '{...}'.
"use strict";
const { WebSocket, WebSocketServer } = require("ws");
const { once } = require("node:events");
const { randomBytes } = require("node:crypto");

// Text that repeats itself, text that does not, and octets of either kind.
const messages = [
  "Hello", "Hello", "", "é€😀".repeat(9000), JSON.stringify({ price: 1.5, size: 3 }).repeat(40),
  Buffer.alloc(0), Buffer.alloc(1 << 20), randomBytes(70000), Buffer.alloc(3 << 20, "0123456789abcdef"), "Hello",
];

async function converse(url, options) {
  const socket = new WebSocket(url, { perMessageDeflate: { threshold: 0, ...options }, maxPayload: 0 });
  await once(socket, "open");
  const report = { extensions: socket.extensions, same: 0 };
  for (const sent of messages) {
    socket.send(sent);
    const [data, isBinary] = await once(socket, "message");
    if (isBinary === Buffer.isBuffer(sent) && Buffer.from(sent).equals(data)) ++report.same;
  }
  socket.send("in ", { fin: false });
  socket.ping("between");
  socket.send("pieces".repeat(1000), { fin: true });
  const [[pong], [joined]] = await Promise.all([once(socket, "pong"), once(socket, "message")]);
  report.fragments = [pong.toString(), joined.length];
  socket.close(1000);
  report.close = (await once(socket, "close"))[0];
  return report;
}

async function client(url, all) {
  const reports = [];
  for (const options of all) reports.push(await converse(url, options));
  console.log(JSON.stringify(reports));
}

// A conformance suite in the usual form, with one case: that each message comes back.
function server(options) {
  const listener = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: options, maxPayload: 0 });
  listener.on("listening", () => console.log(`listening on ws://127.0.0.1:${listener.address().port}/`));
  const report = { same: 0 };
  listener.on("connection", async (socket, request) => {
    if (request.url === "/getCaseCount") socket.send("1");
    if (request.url.startsWith("/updateReports")) console.log(JSON.stringify(report));
    if (request.url.startsWith("/runCase")) {
      report.extensions = socket.extensions;
      for (const sent of messages) {
        socket.send(sent);
        const [data, isBinary] = await once(socket, "message");
        if (isBinary === Buffer.isBuffer(sent) && Buffer.from(sent).equals(data)) ++report.same;
      }
    }
    socket.close(1000);
  });
}

const [role, ...rest] = process.argv.slice(2);
if (role === "client") client(rest[0], JSON.parse(rest[1]));
else server(JSON.parse(rest[0]));

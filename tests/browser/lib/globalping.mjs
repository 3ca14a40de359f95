// A little Internet on loopback: the API of Globalping (our emulator, whose probes really connect), a DoH server, and
// exchanges. The page comes from a plain static server: no API of ours is anywhere.

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import net from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const program = process.env.NOANSWER_GLOBALPING ?? root("target/debug/globalping");

const listening = (server) =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

/** A server that greets as an exchange does. */
export async function exchange() {
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.write("220 mx.example ESMTP\r\n");
  });
  return { port: await listening(server), stop: () => server.close() };
}

/** A port that nobody listens on. */
export async function closedPort() {
  const server = net.createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The emulator; `stop` answers with what was asked of it. */
export async function emulator(args) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  const origin = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.stdout.on("data", (bytes) => {
      said += bytes;
      const found = said.match(/listening on (\S+)/);
      if (found) resolve(found[1]);
    });
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return {
    origin,
    async stop() {
      child.stdin.end();
      await ended;
      return JSON.parse(said.slice(said.indexOf("{")));
    },
  };
}

/** The name that a query (RFC 1035) asks for, and its type. */
function question(bytes) {
  const labels = [];
  let at = 12;
  while (bytes[at]) {
    labels.push(bytes.subarray(at + 1, at + 1 + bytes[at]).toString());
    at += 1 + bytes[at];
  }
  return { name: labels.join(".").toLowerCase(), type: bytes.readUInt16BE(at + 1), end: at + 5 };
}

const wireName = (name) =>
  Buffer.concat([
    ...name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);

/** A DoH server (RFC 8484) that knows `mx` (domain to exchange) and `a` (host to address), and lets pages ask it. */
export async function doh({ mx, a }) {
  const server = createServer((request, response) => {
    const query = Buffer.from(new URL(request.url, "http://x").searchParams.get("dns") ?? "", "base64url");
    const { name, type, end } = question(query);
    let data = null;
    if (type === 15 && mx[name]) data = Buffer.concat([Buffer.from([0, 10]), wireName(mx[name])]);
    if (type === 1 && a[name]) data = Buffer.from(a[name].split(".").map(Number));
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(data ? 1 : 0, 6);
    head.writeUInt16BE(0, 8);
    head.writeUInt16BE(0, 10);
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(data?.length ?? 0, 10);
    const answer = Buffer.concat([head, query.subarray(12, end), ...(data ? [record, data] : [])]);
    response.writeHead(200, {
      "content-type": "application/dns-message",
      "access-control-allow-origin": "*",
    });
    response.end(answer);
  });
  return { url: `http://127.0.0.1:${await listening(server)}/dns-query`, stop: () => server.close() };
}

const TYPES = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".html": "text/html",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** The page's files as they lie there, with a policy that lets the page ask the DoH server and Globalping, and nobody else. */
export async function staticPage(dohUrl, globalping) {
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self' ${new URL(dohUrl).origin} ${globalping}; worker-src 'self'; manifest-src 'self'; base-uri 'none'`;
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    const file = normalize(path === "/" ? "/index.html" : path);
    try {
      let body = await readFile(join(root("web"), file));
      if (path === "/")
        body = Buffer.from(
          String(body).replace("<html ", `<html data-doh="${dohUrl}" data-globalping="${globalping}" `),
        );
      response.writeHead(200, {
        "content-type": TYPES[extname(file)] ?? "text/plain",
        "content-security-policy": policy,
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return { url: `http://127.0.0.1:${await listening(server)}/`, stop: () => server.close() };
}

// Loaded before a program of docs/node.md: what the reader supplies, a local server as the API, a free
// port for each server, and an EventSource that gets one status.
import { once } from 'node:events';
import { Server } from 'node:net';

const { fetch } = globalThis;
const { BROWSER_USE_BASE_URL = '' } = process.env;

globalThis.apiKey = 'key';
globalThis.fetch = (url, init) =>
  fetch(url.replace('https://api.browser-use.com/api/v1', BROWSER_USE_BASE_URL), init);

const { listen } = Server.prototype;
Server.prototype.listen = function (...given) {
  if (typeof given[0] !== 'number') return listen.apply(this, given);
  once(this, 'listening').then(async () => {
    const response = await fetch(`http://127.0.0.1:${this.address().port}/hello`);
    console.log(await response.text());
    this.closeAllConnections();
    this.close();
  });
  return listen.call(this, 0, '127.0.0.1');
};

globalThis.EventSource = class {
  addEventListener(type, listener) {
    if (type !== 'failure') listener({ data: 'finished' });
  }
  close() {
    console.log('closed');
  }
};

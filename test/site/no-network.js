// Loaded before a program: every connection and every look-up of a name fails.
import dns from 'node:dns';
import { Socket } from 'node:net';
import { syncBuiltinESMExports } from 'node:module';

function refuse() {
  throw new Error('This program must not use the network');
}

Socket.prototype.connect = refuse;
dns.lookup = refuse;
syncBuiltinESMExports();

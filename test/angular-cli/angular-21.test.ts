import { testVersion } from './version.js';

testVersion(21);

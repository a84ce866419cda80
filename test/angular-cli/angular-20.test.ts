import { testVersion } from './version.js';

testVersion(20);

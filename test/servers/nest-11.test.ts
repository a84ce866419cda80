import { testNest } from './nest.js';

testNest('11');

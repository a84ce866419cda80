import './globals';
import '../program/main.js';

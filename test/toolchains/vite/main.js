import '../program/main.js';

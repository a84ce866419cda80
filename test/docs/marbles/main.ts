// Draws the marble diagrams of the docs: npm run docs:marbles, with --check to compare only.
import { keepFile } from '../keep-file.js';
import { draw } from './draw.js';
import { record } from './record.js';
import { type Scene, scenes } from './scenes.js';

for (const [name, scene] of Object.entries<Scene>(scenes)) {
  await keepFile(`docs/marbles/${name}.svg`, draw(scene, record(scene)));
}

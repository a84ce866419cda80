import { repositoryPages } from '../.vitepress/repository.js';

export default { paths: repositoryPages };

/** The least that a package over RxJS can be: what it takes to import this is not the package's own. */
export { Observable } from 'rxjs';

/** The smallest package that imports RxJS. The time to import it is not the library's. */
export { Observable } from 'rxjs';

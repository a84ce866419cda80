import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

/** Accepts only possible task ids, because the id becomes a part of a URL. */
@Injectable()
export class TaskIdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (/^[\w-]{1,100}$/.test(id)) return id;
    throw new BadRequestException('A task id has only letters, digits, _ and -');
  }
}

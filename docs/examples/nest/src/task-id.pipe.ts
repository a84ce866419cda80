import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

/** Accepts only what can be a task id: it becomes a part of the URL of a request. */
@Injectable()
export class TaskIdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (/^[\w-]{1,100}$/.test(id)) return id;
    throw new BadRequestException('A task id has only letters, digits, _ and -');
  }
}

import {
  ChangeDetectionStrategy,
  Component,
  inject,
  signal,
  type ElementRef,
  viewChild,
} from '@angular/core';
import { Announcer } from '../announcer';
import { TaskBoard } from '../task-board';
import { reasonOf } from '../task-commands';

/** The form that starts a task. */
@Component({
  selector: 'app-start-task',
  template: `
    <form (submit)="start($event)">
      <label for="new-task">New task</label>
      <input
        #text
        id="new-task"
        type="text"
        autocomplete="off"
        placeholder="What is to be done?"
        aria-describedby="new-task-problem"
        [attr.aria-invalid]="problem() !== ''"
      />
      <button type="submit" class="primary" [attr.aria-disabled]="isStarting()">
        {{ isStarting() ? 'Starting …' : 'Start' }}
      </button>
    </form>
    <p id="new-task-problem" class="problem" role="alert">{{ problem() }}</p>
  `,
  styleUrl: './start-task.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class StartTask {
  private readonly board = inject(TaskBoard);
  private readonly announcer = inject(Announcer);
  private readonly text = viewChild.required<ElementRef<HTMLInputElement>>('text');

  protected readonly isStarting = signal(false);
  protected readonly problem = signal('');

  protected start(event: Event): void {
    event.preventDefault();
    if (this.isStarting()) return;
    this.problem.set('');
    const input = this.text().nativeElement;
    const text = input.value.trim();
    if (text === '') {
      this.problem.set('Describe the task first.');
      input.focus();
      return;
    }
    this.isStarting.set(true);
    // also if the user leaves the page: the request may have started the task already
    this.board.start(text).subscribe({
      next: ({ task }) => {
        this.isStarting.set(false);
        input.value = '';
        this.announcer.say(`${task.title}: started.`);
      },
      error: (error: unknown) => {
        this.isStarting.set(false);
        this.problem.set(`The task was not started: ${reasonOf(error)}.`);
      },
    });
  }
}

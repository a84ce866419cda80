import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue';

/** The narrowest picture, px. */
const NARROWEST = 240;

/** The width of an element, px, also after it has changed. */
export function useWidth(element: Ref<HTMLElement | undefined>): Ref<number> {
  const width = ref(688);
  let observer: ResizeObserver | undefined;
  onMounted(() => {
    observer = new ResizeObserver(([entry]) => {
      if (entry) width.value = Math.max(NARROWEST, Math.floor(entry.contentRect.width));
    });
    if (element.value) observer.observe(element.value);
  });
  onBeforeUnmount(() => observer?.disconnect());
  return width;
}

import { CircleQuestionMark } from "lucide-react";
import { Popover } from "radix-ui";

/** A question mark that opens one line of explanation: by mouse, touch or keyboard. */
export function Help({ label, children }: { readonly label: string; readonly children: string }) {
  return (
    <Popover.Root>
      <Popover.Trigger className="help" aria-label={`About ${label.toLowerCase()}`}>
        <CircleQuestionMark aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="help-content" side="top" sideOffset={4} collisionPadding={8} aria-label={label}>
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

import { Fragment } from "react";

/** A name with underscores, which may be broken after each of them. */
export function BreakableName({ of }: { readonly of: string }) {
  const parts = of.split("_");
  return parts.map((part, i) => (
    <Fragment key={parts.slice(0, i + 1).join("_")}>
      {part}
      {i < parts.length - 1 && (
        <>
          _<wbr />
        </>
      )}
    </Fragment>
  ));
}
